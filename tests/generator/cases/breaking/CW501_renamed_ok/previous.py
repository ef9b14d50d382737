from typing import Protocol


class Sub(Protocol):
    async def b(self) -> int: ...


class Api(Protocol):
    async def a(self) -> Sub: ...
