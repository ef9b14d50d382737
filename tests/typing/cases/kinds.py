"""What a user writes: types that need more than a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Annotated, NamedTuple, Protocol
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from typing_extensions import TypedDict


class Item(BaseModel):
    id: UUID
    price: Decimal = Decimal("0.00")
    paid: date | None = None


@dataclass
class Slot:
    begin: time
    length: timedelta


class Entry(TypedDict):
    path: Path
    size: Decimal


class Dates(NamedTuple):
    first: date
    last: date


class Library(Protocol):
    """Scalars of Python's library."""

    async def same_decimal(self, value: Decimal) -> Decimal: ...
    async def same_uuid(self, value: UUID) -> UUID: ...
    async def same_date(self, value: date) -> date: ...
    async def same_time(self, value: time) -> time: ...
    async def same_timedelta(self, value: timedelta) -> timedelta: ...
    async def same_path(self, value: Path) -> Path: ...
    async def same_pure_path(self, value: PurePath) -> PurePath: ...
    async def same_datetime(self, value: datetime) -> datetime: ...
    async def inside(
        self, ids: dict[str, list[UUID]], pair: tuple[date, time] | None
    ) -> tuple[list[UUID], date | None]: ...
    async def same_item(self, value: Item) -> Item: ...
    async def same_slot(self, value: Slot) -> Slot: ...
    async def same_entry(self, value: Entry) -> Entry: ...
    async def same_dates(self, value: Dates) -> Dates: ...
    @property
    def released(self) -> date: ...


def even(number: int) -> int:
    if number % 2:
        raise ValueError("not even")
    return number


Even = Annotated[int, AfterValidator(even)]


class Limits(Protocol):
    """Conditions on values."""

    async def age(self, age: Annotated[int, Field(gt=0)]) -> Annotated[int, Field(lt=100)]: ...
    async def name(
        self, name: Annotated[str, StringConstraints(strip_whitespace=True, pattern="^[a-z]+$")]
    ) -> str: ...
    async def evens(self, numbers: list[Even], price: Annotated[Decimal, Field(le=9)]) -> Even: ...
    async def some(
        self, numbers: Annotated[list[Annotated[int, Field(gt=0)]], Field(max_length=2)] | None
    ) -> Annotated[list[int], Field(min_length=1)] | None: ...
    async def days(self, since: Annotated[date, Field(ge=date(2024, 1, 1))]) -> None: ...
