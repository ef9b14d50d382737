"""Interfaces and models with type parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

T = TypeVar("T")
S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class User(BaseModel):
    name: str


class Page(BaseModel, Generic[T]):
    items: list[T]
    best: T | None = None


@dataclass
class Pair(Generic[T, S]):
    first: T
    second: S


class UserPage(Page[User]):
    total: int


class Source(Protocol[T_co]):
    @property
    def latest(self) -> T_co: ...
    async def maybe(self) -> T_co | None: ...


class Feed(Protocol[T_co]):
    async def batch(self) -> Sequence[T_co]: ...


class Sink(Protocol[T_contra]):
    async def put(self, item: T_contra) -> None: ...
    async def watch(self, give: Callable[[], T_contra]) -> None: ...


class Repo(Protocol[T]):
    async def get(self, key: int) -> T: ...
    async def put(self, items: list[T], *, last: T | None = None) -> list[T]: ...
    async def page(self, pages: Page[T]) -> Page[list[T]]: ...
    async def find(self, test: Callable[[T], bool]) -> T | None: ...
    async def same(self) -> Self: ...


class Table(Protocol[T, S]):
    async def swap(self, pair: Pair[T, S]) -> Pair[S, T]: ...
    async def of_first(self) -> Repo[T]: ...


class UserRepo(Repo[User], Protocol):
    async def count(self) -> int: ...


class Generics(Protocol):
    async def users(self) -> Repo[User]: ...
    async def numbers(self) -> Repo[list[int]]: ...
    async def table(self) -> Table[str, User]: ...
    async def own(self) -> UserRepo: ...
    async def page(self, page: Page[User]) -> UserPage: ...
    async def pair(self) -> Pair[int, Page[str]]: ...
    async def source(self) -> Source[int]: ...
    async def feed(self) -> Feed[int]: ...
    async def sink(self, sink: Sink[User]) -> None: ...
