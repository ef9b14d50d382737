"""Conditions on values, in all the ways in which pydantic takes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Generic, NewType, Protocol, TypeVar

from annotated_types import Ge, Gt, Interval, Len, MinLen
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    FutureDate,
    FutureDatetime,
    PastDate,
    PastDatetime,
    PositiveInt,
    StringConstraints,
)

T = TypeVar("T")

SMALLEST = 3
Percentage = Annotated[int, Field(ge=0, le=100, description="of all")]
Short = Annotated[str, StringConstraints(max_length=8, pattern=r'^[a-z"]+$')]
Even = Annotated[int, AfterValidator(lambda number: number), Gt(0)]
Shares = list[Annotated[float, Field(ge=0.5)]]
Score = NewType("Score", int)


class User(BaseModel):
    name: Short
    age: int = Field(default=18, ge=18)
    share: Percentage = Field(default=3, lt=50)
    tags: Annotated[list[Annotated[str, MinLen(1)]], Field(max_length=3)] = []
    checked: Annotated[int, AfterValidator(lambda number: number)] = 0
    boss: Annotated[int | None, Field(gt=0)] = None


@dataclass
class Row:
    number: Annotated[int, Interval(gt=0, le=9)]


class Page(BaseModel, Generic[T]):
    items: Annotated[list[T], Field(max_length=10)]


class Account(BaseModel):
    born: PastDate
    seen: list[PastDatetime]
    ends: FutureDatetime | None
    renewed: FutureDate | None = None
    made: AwareDatetime


class Channel(Protocol):
    async def send(self, text: Annotated[str, Field(max_length=10)]) -> None: ...


class Repo(Protocol[T]):
    async def some(self, items: Annotated[list[T], Len(1, 3)]) -> Annotated[list[T], Len(2)]: ...


class Constraints(Protocol):
    async def numbers(
        self,
        a: Annotated[int, Field(gt=0)],
        b: Annotated[float, Gt(0), Field(multiple_of=0.5, allow_inf_nan=False)],
        *more: Annotated[int, Ge(SMALLEST)],
    ) -> Annotated[int, "no condition"]: ...
    async def named(self, a: Percentage, b: Short, c: Even, d: PositiveInt) -> Percentage: ...
    async def bounds(
        self,
        price: Annotated[Decimal, Field(gt=Decimal("0.1"), max_digits=5, decimal_places=2)],
        day: Annotated[date, Ge(date(2024, 1, 1))],
        moment: Annotated[datetime, Gt(datetime(2024, 1, 1, tzinfo=UTC))],
    ) -> Annotated[Score, Field(lt=10)]: ...
    async def inside(
        self, a: list[Annotated[int, Field(gt=0)]], b: dict[str, Percentage] | None
    ) -> tuple[Annotated[str, Field(min_length=1)], Annotated[int, Field(gt=0)] | None]: ...
    async def containers(
        self, a: Annotated[list[int], Field(min_length=1)] | None
    ) -> Annotated[dict[str, int] | None, Field(max_length=2)]: ...
    async def channels(
        self, a: Annotated[list[Channel], Field(max_length=2)]
    ) -> Callable[[Annotated[int, Field(gt=0)]], Awaitable[Shares]]: ...
    async def models(self, user: User, row: Row) -> Page[Annotated[int, Field(gt=0)]]: ...
    async def account(self, account: Account, at: AwareDatetime) -> Page[AwareDatetime]: ...
    async def repo(self) -> Repo[Annotated[int, Field(gt=0)]]: ...
