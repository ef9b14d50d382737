"""Users, whose orders are those of `market.orders`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

from market.money import Closable

if TYPE_CHECKING:
    from market.orders import Order, Orders

T = TypeVar("T")


class Profile(BaseModel):
    name: str


class Address(BaseModel):
    """Nothing here leads to it: `market.orders` does."""

    city: str


class Page(BaseModel, Generic[T]):
    items: list[T]


class Repo(Protocol[T]):
    """Generic, and filled in by others."""

    async def get(self, key: int) -> T: ...
    async def all(self) -> Page[T]: ...
    async def each(self, give: Callable[[T], None]) -> None: ...


class User(Closable, Protocol):
    async def profile(self) -> Profile: ...
    async def orders(self) -> Orders: ...
    async def last_order(self) -> Order | None: ...
    async def renamed(self, name: str) -> Self: ...


class Users(Repo[Profile], Protocol):
    async def find(self, name: str) -> User: ...
