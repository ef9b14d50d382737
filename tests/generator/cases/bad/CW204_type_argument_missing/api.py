from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Repo(Protocol[T]):
    async def get(self) -> T: ...
    async def put(self, item: T) -> None: ...


class Api(Protocol):
    async def f(self, a: list, b: dict, c: tuple, d: Callable) -> Page: ...
    async def g(self, call: Callable[..., int]) -> Repo: ...
    def h(self) -> AsyncIterator: ...
