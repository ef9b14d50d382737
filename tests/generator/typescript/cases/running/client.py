"""Calls everything that the shop has, and returns what came of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import capnweb_runtime as rpc
from shop import Basket, Emptied, Event, Item, ItemId, Sold, Visit
from shop_rpc import BasketStub, BasketTarget, ShopStub


class Mine(BasketTarget):
    def __init__(self) -> None:
        self.titles: list[str] = []

    async def add(self, item: Item) -> int:
        self.titles.append(item.name)
        return len(self.titles)

    async def content(self) -> list[Item]:
        return [Item(id=ItemId(index), title=title) for index, title in enumerate(self.titles)]

    async def merge(self, other: Basket | BasketStub) -> int:
        self.titles += [item.name for item in await other.content()]
        return len(self.titles)


async def main(url: str) -> dict[str, Any]:
    async with rpc.connect(ShopStub, url) as shop:
        item = await shop.item(ItemId(1))
        page = await shop.search("bo", {"limit": 3}, page_size=2)
        titles = await shop.search("bo").items.map(lambda each: each.name)

        basket = await shop.basket()
        own = Item(id=ItemId(9), title="own")
        counts = [await basket.add(own), await basket.add(shop.item(ItemId(3)))]
        counts += [await basket.merge(Mine()), await basket.merge(basket)]
        mine = Mine()
        taken = await shop.take(mine)
        theirs = await shop.take(shop.basket())

        async def greet(name: str) -> str:
            return f"hello, {name}"

        visitor = Mine()
        visit = await shop.enter(Visit("Ada", visitor, greet))
        inside = await visit.basket.content()

        events: list[str] = []

        def on_event(event: Event) -> None:
            match event:
                case Sold():
                    at = event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                    events.append(f"{event.item.color.value} {at}")
                case Emptied():
                    events.append(str(event.how_many))

        async def data() -> AsyncIterator[bytes]:
            yield bytes(5)
            yield bytes(2)

        sent = await shop.watch(on_event)
        failure = ""
        try:
            await shop.fail("on purpose")
        except ValueError as error:
            failure = str(error)
        later = await shop.later(datetime(2024, 12, 31, tzinfo=UTC), 1.5)
        return {
            "name": await shop.name,
            "item": {
                "price": str(item.price),
                "color": item.color.value,
                "tags": item.tags,
                "parts": [part.name for part in item.parts],
            },
            "page": {"size": len(page.items), "next": page.next},
            "titles": titles,
            "saved": [
                await shop.save(item, "x", "y"),
                await shop.save(item, "x", dry_run=True),
                await shop.save(item),
            ],
            "counts": counts,
            "taken": [mine.titles, [e.name for e in taken], [e.name for e in theirs]],
            "visit": [visit.name, visitor.titles, [each.tags for each in inside]],
            "events": [sent, *events],
            "described": [
                await shop.describe(Sold(item=item, at=datetime.fromtimestamp(0, UTC))),
                await shop.describe(Emptied(how_many=2)),
            ],
            "chunks": [number async for chunk in shop.picture(3) for number in chunk],
            "measured": await shop.measure(data()),
            "doubled": str(await shop.double(rpc.BigInt(2**64))),
            "later": later.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "failure": failure,
        }
