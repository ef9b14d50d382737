from typing import Protocol, overload


class Api(Protocol):
    @overload
    async def f(self, a: int) -> int: ...
    @overload
    async def f(self, a: str) -> str: ...
