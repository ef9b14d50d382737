from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

from pydantic import BaseModel


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Cat(BaseModel):
    name: str


class Dog(BaseModel):
    name: str


class A(Protocol):
    async def a(self) -> int: ...


class B(Protocol):
    async def b(self) -> int: ...


class Api(Protocol):
    async def either(self) -> A | B | None: ...
    async def pass_it(self, value: list[A | Callable[[], int]]) -> A | int: ...
    async def texts(self, a: Decimal | str, b: UUID | str | None) -> date | Path: ...
    async def numbers(self, a: float | timedelta, b: int | Level) -> list[Color | str]: ...
    async def objects(self, a: Cat | Dog) -> None: ...
    async def fine(
        self,
        a: datetime | str,
        b: int | float,
        c: date | UUID | Decimal,
        d: Literal["a", "b"] | str,
        e: Color | UUID | int,
        f: dict[str, int] | Cat,
        g: bool | int | None,
    ) -> None: ...
