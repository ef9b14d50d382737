from typing import Protocol


class Empty(Protocol):
    def _private(self) -> int: ...


class Callback(Protocol):
    def __call__(self, value: int) -> None: ...


class Api(Protocol):
    async def f(self, empty: Empty) -> int: ...
