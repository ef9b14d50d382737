from typing import Protocol


class Api(Protocol):
    async def move(self, x: int, y: int) -> int: ...
