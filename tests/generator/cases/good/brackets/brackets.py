"""Type parameters in brackets, and `type` statements (Python 3.12)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, overload

from pydantic import BaseModel, Field

type Json = dict[str, Json] | list[Json] | str | int | None
type Pair[T] = tuple[T, T]
type Positive = Annotated[int, Field(gt=0)]


class User(BaseModel):
    name: str
    data: Json = None


class Page[T](BaseModel):
    items: list[T]
    best: T | None = None


@dataclass
class Both[T, S]:
    first: T
    second: S


class Cursor[T](Protocol):
    async def next(self) -> T | None: ...
    async def page(self) -> Page[T]: ...


class Feed[T](Protocol):
    @property
    def latest(self) -> T: ...


class Sink[T](Protocol):
    async def put(self, item: T) -> None: ...
    async def each[R](self, change: Callable[[T], R]) -> list[R]: ...


class UserCursor(Cursor[User], Protocol):
    async def count(self) -> int: ...


class Renamed[S](Cursor[list[S]], Protocol):
    async def other(self, item: S) -> S: ...


class Brackets(Protocol):
    async def cursor(self) -> Cursor[User]: ...
    async def users(self) -> UserCursor: ...
    async def renamed(self) -> Renamed[int]: ...
    async def feed(self) -> Feed[int]: ...
    async def sink(self, sink: Sink[User]) -> None: ...
    async def page(self, page: Page[int]) -> Both[int, Page[str]]: ...
    async def json(self, value: Json, pair: Pair[int], number: Positive) -> Pair[Json]: ...
    async def first[T](self, items: list[T]) -> T: ...
    @overload
    async def get[T](self, item: T, number: int) -> T: ...
    @overload
    async def get[T](self, item: T, number: str) -> list[T]: ...
