from typing import ClassVar, Protocol


class Api(Protocol):
    limit: ClassVar[int]

    @classmethod
    async def make(cls) -> int: ...

    @staticmethod
    async def check(value: int) -> bool: ...
