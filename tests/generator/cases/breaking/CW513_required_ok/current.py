from typing import Protocol


class Api(Protocol):
    async def find(self, name: str, limit: int = 3, *, order: str = "") -> int: ...
