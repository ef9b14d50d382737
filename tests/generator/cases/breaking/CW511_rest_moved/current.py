from typing import Protocol


class Api(Protocol):
    async def add(self, first: int = 0, *numbers: int) -> int: ...
