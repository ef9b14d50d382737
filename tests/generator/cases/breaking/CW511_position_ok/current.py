from typing import Protocol


class Api(Protocol):
    async def find(self, name: str, limit: int = 3, *tags: str, page: int = 0) -> int: ...
