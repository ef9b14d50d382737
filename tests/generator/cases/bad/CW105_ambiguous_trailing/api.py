from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel


class User(BaseModel):
    name: str


class Interval(NamedTuple):
    start: int


class Api(Protocol):
    async def add(self, *users: User, check: bool = True) -> None: ...
    async def any(self, *values: Any, check: bool) -> None: ...
    async def some(self, *rows: list[int] | dict[str, int], check: bool) -> None: ...
    async def fine(self, *intervals: Interval, check: bool) -> None: ...
    async def fine_too(self, *users: User) -> None: ...


class Inheriting(Api, Protocol):
    """What is wrong with its members is told where they are declared."""
