"""An interface that is served and called by Python and by TypeScript."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Generic, Literal, NewType, Protocol, TypeVar

from pydantic import BaseModel, Field
from typing_extensions import NotRequired, TypedDict

import capnweb_runtime as rpc

T = TypeVar("T")
ItemId = NewType("ItemId", int)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    id: ItemId
    name: str = Field(alias="title")
    price: Decimal = Decimal("1.50")
    color: Color = Color.RED
    tags: list[str] = []
    parts: list[Item] = []


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = None


class Filter(TypedDict):
    color: NotRequired[Color]
    limit: int


class Sold(BaseModel):
    kind: Literal["sold"] = "sold"
    item: Item
    at: datetime


class Emptied(BaseModel):
    kind: Literal["emptied"] = "emptied"
    how_many: int


Event = Annotated[Sold | Emptied, Field(discriminator="kind")]


class Basket(Protocol):
    """What is about to be bought."""

    async def add(self, item: Item) -> int: ...
    async def content(self) -> list[Item]: ...
    async def merge(self, other: Basket) -> int: ...


@dataclass
class Visit:
    name: str
    basket: Basket
    greet: Callable[[str], Awaitable[str]] | None = None


class Shop(Protocol):
    @property
    def name(self) -> str: ...
    async def item(self, item_id: ItemId) -> Item: ...
    async def search(self, query: str, by: Filter | None = None, *, page_size: int = 2) -> Page[Item]: ...
    async def save(self, item: Item, *titles: str, dry_run: bool = False) -> list[str]: ...
    async def basket(self) -> Basket: ...
    async def take(self, basket: Basket) -> list[Item]: ...
    async def enter(self, visit: Visit) -> Visit: ...
    async def watch(self, on_event: Callable[[Event], Awaitable[None]]) -> int: ...
    async def describe(self, event: Event) -> str: ...
    def picture(self, size: int) -> AsyncIterator[bytes]: ...
    async def measure(self, data: AsyncIterator[bytes]) -> int: ...
    async def double(self, number: rpc.BigInt) -> rpc.BigInt: ...
    async def later(self, moment: datetime, seconds: float) -> datetime: ...
    async def fail(self, message: str) -> None: ...
