from typing import Protocol


class Named(Protocol):
    async def name(self) -> str: ...


class Api(Named):
    async def f(self) -> int: ...


class Other:
    async def f(self) -> int:
        """It does."""


class Helper:
    def f(self) -> int:
        return 1


class User(Protocol):
    async def other(self, other: Other) -> Api: ...
