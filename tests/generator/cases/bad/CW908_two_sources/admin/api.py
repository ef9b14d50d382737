from typing import Protocol


class Api(Protocol):
    async def get(self) -> int: ...
