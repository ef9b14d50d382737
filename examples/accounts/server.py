"""Serves the shop: python server.py [port]."""

import asyncio
import hashlib
import hmac
import sys

import capnweb_runtime as rpc
from api import Order
from api_rpc import AccountTarget, AuditorTarget, ShopTarget, StaffTarget

ITEMS = ["tea", "biscuits"]
SALT = b"of this example"


def digest(password: str) -> bytes:
    return hashlib.scrypt(password.encode(), salt=SALT, n=2**12, r=8, p=1)


USERS = {"ada": digest("lovelace"), "bob": digest("builder")}
STAFF = {"eve": digest("keeper")}

orders: dict[int, Order] = {}


def check(known: dict[str, bytes], user: str, password: str) -> None:
    """Whether this is who it says, in the same time for an unknown name and a wrong password."""
    expected = known.get(user, b"")
    if not hmac.compare_digest(expected, digest(password)):
        raise PermissionError("wrong name or password")


class AccountServer(AccountTarget):
    """Whoever holds a stub of this is that user; its methods have nothing left to check."""

    def __init__(self, user: str) -> None:
        self.user = user

    def order(self, item: str) -> Order:
        if item not in ITEMS:
            raise ValueError(f"there is no {item!r} here")
        number = len(orders) + 1
        orders[number] = Order(number=number, user=self.user, item=item)
        return orders[number]

    def orders(self) -> list[Order]:
        return [order for order in orders.values() if order.user == self.user]


class AuditorServer(AuditorTarget):
    def orders_of_all(self) -> list[Order]:
        return list(orders.values())


class StaffServer(StaffTarget):
    def orders_of_all(self) -> list[Order]:
        return list(orders.values())

    def cancel(self, number: int) -> Order:
        return orders.pop(number)

    def auditor(self) -> AuditorServer:
        return AuditorServer()


class ShopServer(ShopTarget):
    """What a connection begins with. It leads nowhere without a password."""

    def items(self) -> list[str]:
        return ITEMS

    def sign_in(self, user: str, password: str) -> AccountServer:
        check(USERS, user, password)
        return AccountServer(user)

    def sign_in_staff(self, user: str, password: str) -> StaffServer:
        check(STAFF, user, password)
        return StaffServer()


async def main(port: int) -> None:
    async with rpc.serve(ShopServer, "localhost", port, grace=10) as server:
        print(f"listening on ws://localhost:{server.port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
