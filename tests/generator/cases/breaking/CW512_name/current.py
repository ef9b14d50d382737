from typing import Protocol


class Api(Protocol):
    async def find(self, title: str) -> int: ...
