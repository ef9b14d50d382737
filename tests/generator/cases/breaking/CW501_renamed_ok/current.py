from typing import Protocol


class Other(Protocol):
    async def b(self) -> int: ...


class Api(Protocol):
    async def a(self) -> Other: ...
