from typing import Protocol


class Api(Protocol):
    async def a(self) -> int: ...
