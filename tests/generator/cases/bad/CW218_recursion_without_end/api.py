from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Holder(Generic[T]):
    value: T
    deeper: Holder[list[T]] | None = None


@dataclass
class Left(Generic[T]):
    right: list[Right[int, T]]


@dataclass
class Right(Generic[T, U]):
    left: Left[dict[str, U]] | None


@dataclass
class Fine(Generic[T]):
    value: T
    below: list[Fine[T]]
    other: Fine[int] | None
    later: Callable[[], Awaitable[Fine[list[T]]]]


class Walker(Protocol[T]):
    async def value(self) -> T: ...
    async def deeper(self) -> Walker[list[T]]: ...


class Api(Protocol):
    async def holder(self) -> Holder[int]: ...
    async def left(self) -> Left[int]: ...
    async def fine(self) -> Fine[str]: ...
    async def walker(self) -> Walker[int]: ...
