"""Orders as a user, looks and cancels as staff: python client.py [url]."""

import asyncio
import sys

import capnweb_runtime as rpc
from api_rpc import ShopStub


async def main(url: str) -> None:
    async with rpc.connect(ShopStub, url) as shop:
        # Not awaited: what depends on it travels along, and all of it takes one round trip.
        with shop.sign_in("ada", "lovelace") as ada, shop.sign_in("bob", "builder") as bob:
            _, biscuits = await asyncio.gather(ada.order("tea"), bob.order("biscuits"))
            print("ada sees:", [order.item for order in await ada.orders()])
            print("bob sees:", [order.item for order in await bob.orders()])

        with shop.sign_in_staff("eve", "keeper") as staff:
            await staff.cancel(biscuits.number)
            with staff.auditor() as auditor:  # this could be passed to somebody else
                print("an auditor sees:", [order.item for order in await auditor.orders_of_all()])

        try:
            await shop.sign_in_staff("ada", "lovelace").orders_of_all()
        except PermissionError as error:
            print("ada is no staff:", error)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:8080"))
