from typing import Protocol


class Api(Protocol):
    async def find(self, *, order: str = "") -> int: ...
