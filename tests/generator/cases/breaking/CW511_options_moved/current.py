from typing import Protocol


class Api(Protocol):
    async def find(self, name: str, page: int = 0, *, limit: int = 3) -> int: ...
