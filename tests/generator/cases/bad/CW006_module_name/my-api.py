from typing import Protocol


class Api(Protocol):
    async def f(self) -> int: ...
