from typing import Protocol


class Api(Protocol):
    async def move(self, y: int, x: int) -> int: ...
