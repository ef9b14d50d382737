"""The shop, served by Python."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import capnweb_runtime as rpc
from shop import Basket, Emptied, Event, Filter, Item, ItemId, Page, Sold, Visit
from shop_rpc import BasketStub, BasketTarget, ShopTarget, VisitResult

ITEMS = [
    Item(id=ItemId(1), title="bolt", parts=[Item(id=ItemId(2), title="nut")]),
    Item(id=ItemId(3), title="bowl"),
    Item(id=ItemId(4), title="boat", tags=["large"]),
]


class LocalBasket(BasketTarget):
    def __init__(self) -> None:
        self.items: list[Item] = []

    async def add(self, item: Item) -> int:
        self.items.append(item)
        return len(self.items)

    async def content(self) -> list[Item]:
        return self.items

    async def merge(self, other: Basket | BasketStub) -> int:
        self.items += await other.content()
        return len(self.items)


class Shop(ShopTarget):
    @property
    def name(self) -> str:
        return "Corner"

    def item(self, item_id: ItemId) -> Item:
        return next(item for item in ITEMS if item.id == item_id)

    def search(
        self, query: str, by: Filter | None = None, *, page_size: int = 2
    ) -> Page[Item]:
        found = [each for each in ITEMS if query in each.name]
        if by is not None:
            found = [e for e in found if e.color == by.get("color", e.color)][: by["limit"]]
        more = len(found) > page_size
        return Page(items=found[:page_size], next="more" if more else None)

    def save(self, item: Item, /, *titles: str, dry_run: bool = False) -> list[str]:
        return [] if dry_run else [item.name, *titles]

    def basket(self) -> LocalBasket:
        return LocalBasket()

    async def take(self, basket: BasketStub) -> list[Item]:
        await basket.add(ITEMS[0])
        return await basket.content()

    async def enter(self, visit: VisitResult) -> Visit:
        await visit.basket.add(ITEMS[1])
        greeting = await visit.greet(visit.name) if visit.greet is not None else "welcome"
        basket = LocalBasket()
        await basket.add(ITEMS[2])
        return Visit(name=greeting, basket=basket)

    async def watch(self, on_event: Callable[[Event], Awaitable[None]]) -> int:
        await on_event(Sold(item=ITEMS[0], at=datetime(2024, 12, 31, tzinfo=UTC)))
        await on_event(Emptied(how_many=2))
        return 2

    def describe(self, event: Event) -> str:
        return event.item.name if isinstance(event, Sold) else f"{event.how_many} gone"

    async def picture(self, size: int) -> AsyncIterator[bytes]:
        for number in range(size):
            yield bytes([number])

    async def measure(self, data: AsyncIterator[bytes]) -> int:
        return sum([len(chunk) async for chunk in data])

    def double(self, number: int) -> rpc.BigInt:
        return rpc.BigInt(number * 2)

    def later(self, moment: datetime, seconds: float) -> datetime:
        return moment + timedelta(seconds=seconds)

    def fail(self, message: str) -> None:
        raise ValueError(message)
