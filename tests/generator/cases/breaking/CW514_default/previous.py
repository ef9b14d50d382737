from typing import Protocol


class Api(Protocol):
    async def find(self, limit: int = 3) -> int: ...
