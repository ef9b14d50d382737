from typing import Protocol


class Api(Protocol):
    async def list_users(self) -> int: ...
