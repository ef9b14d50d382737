from typing import Protocol, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Repo(Protocol[T]):
    async def get(self, other: S) -> T: ...
    async def put(self, item: T) -> None: ...


class Api(Protocol):
    async def same(self, value: T) -> T: ...
