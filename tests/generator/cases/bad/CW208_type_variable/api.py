from typing import Protocol, TypeVar

T = TypeVar("T")
S = TypeVar("S")
N = TypeVar("N", int, str)


class Repo(Protocol[T]):
    async def get(self, key: int) -> S: ...
    async def put(self, item: T, other: list[N]) -> N: ...
    async def fine(self, other: S) -> list[S]: ...
    @property
    def latest(self) -> S: ...


class Api(Protocol):
    async def find(self, key: str) -> list[T]: ...
