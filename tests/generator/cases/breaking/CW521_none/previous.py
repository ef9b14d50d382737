from typing import Protocol


class Api(Protocol):
    async def size(self) -> int: ...
