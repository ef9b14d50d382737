from typing import Protocol


class Api(Protocol):
    async def add(self, *numbers: int) -> int: ...
