from typing import Protocol


class Api(Protocol):
    async def put(self, key: str) -> None: ...
