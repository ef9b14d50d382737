from typing import Protocol


class Api(Protocol):
    async def lines(self) -> list[str]: ...
