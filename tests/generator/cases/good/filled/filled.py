"""Generic models with capabilities of their own, or filled with them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
S = TypeVar("S")


@runtime_checkable
class File(Protocol):
    async def name(self) -> str: ...


class Page(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: list[T] = Field(alias="rows")
    best: T | None = None


@dataclass
class Both(Generic[T, S]):
    first: T
    second: S
    rest: list[T] = field(default_factory=list[T])


@dataclass
class Holder(Generic[T]):
    file: File
    value: T
    chunks: AsyncIterator[T] | None = None
    inner: "Holder[T] | None" = None


class Cabinet(Protocol[T]):
    async def page(self, page: Page[T]) -> Page[T]: ...
    async def hold(self, value: T) -> Holder[T]: ...


class Filled(Protocol):
    async def files(self, page: Page[File]) -> Page[File]: ...
    async def numbers(self, page: Page[int]) -> Page[int]: ...
    async def both(self, both: Both[File, int]) -> Both[str, Callable[[int], Awaitable[File]]]: ...
    async def hold(self, holder: Holder[int]) -> Holder[Page[File]] | None: ...
    async def cabinet(self) -> Cabinet[File]: ...
    async def holders(self) -> Cabinet[Holder[int]]: ...
