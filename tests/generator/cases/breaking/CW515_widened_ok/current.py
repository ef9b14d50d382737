from typing import Protocol


class Api(Protocol):
    async def find(self, name: str | int | None, limit: float, items: list[float]) -> int: ...
