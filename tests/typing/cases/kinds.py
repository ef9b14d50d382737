"""What a user writes: types that need more than a name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import (
    Annotated,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
    overload,
    runtime_checkable,
)
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypeAliasType, TypedDict, deprecated


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


@runtime_checkable
class File(Protocol):
    async def name(self) -> str: ...


class Overloaded(Protocol):
    """Methods with several signatures."""

    @overload
    async def find(self, key: UUID) -> Item: ...
    @overload
    async def find(self, key: list[UUID]) -> list[Item]: ...
    @overload
    async def find(self, key: int, *, price: Decimal | None = None) -> Item | None: ...

    @overload
    async def open(self, path: str, mode: Literal["read"]) -> File: ...
    @overload
    async def open(self, path: str, mode: Literal["write"], data: bytes = b"") -> int: ...

    @overload
    def tail(self, file: File) -> AsyncIterator[File]: ...
    @overload
    def tail(self, file: str) -> AsyncIterator[str]: ...

    @deprecated("use find")
    async def old(self) -> int: ...


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    lives: int = 1


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


@dataclass
class Created:
    type: Literal["created"]
    name: str


@dataclass
class Deleted:
    type: Literal["deleted"]
    name: str


class Choices(Protocol):
    """Unions."""

    async def pet(self, pet: Pet) -> Pet: ...
    async def maybe(self, pet: Annotated[Cat | Dog | None, Field(discriminator="kind")]) -> str: ...
    async def event(self, event: Created | Deleted) -> list[Created | Deleted]: ...
    async def file(self, file: File | str | None) -> File | str | None: ...
    async def number(self, value: int | float) -> int | float: ...
    async def moment(self, value: datetime | str) -> datetime | str: ...
    async def exact(self, value: date | UUID | Decimal) -> date | UUID | Decimal: ...
    async def flag(self, value: bool | int) -> bool | int: ...


T = TypeVar("T")
K = TypeVar("K")

Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | float | bool | None")
Table = TypeAliasType("Table", dict[str, list[T]], type_params=(T,))


class Shelf(Protocol[T]):
    async def get(self, key: int) -> T: ...
    async def pick(self, item: T, key: K) -> tuple[T, K]: ...


class Generics(Protocol):
    """Methods that are generic by themselves, and aliases."""

    async def first(self, items: list[T]) -> T: ...
    async def same(self, item: T) -> T: ...
    async def swap(self, pair: tuple[T, K]) -> tuple[K, T]: ...
    async def apply(self, value: T, change: Callable[[T], Awaitable[K]]) -> list[K]: ...
    async def shelf(self) -> Shelf[Item]: ...
    async def json(self, value: Json) -> Json: ...
    async def table(self, table: Table[int]) -> Table[Item]: ...


class Page(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: list[T]
    best: T | None = None


@dataclass
class Holder(Generic[T]):
    """A generic model with a capability of its own."""

    file: File
    value: T
    others: list[Holder[T]] | None = None


class Cabinet(Protocol[T]):
    async def page(self) -> Page[T]: ...
    async def hold(self, value: T) -> Holder[T]: ...


class Filled(Protocol):
    """Generic models that hold capabilities, or are filled with them."""

    async def files(self, page: Page[File]) -> Page[File]: ...
    async def numbers(self, page: Page[int]) -> Page[int]: ...
    async def hold(self, holder: Holder[int]) -> Holder[int]: ...
    async def deep(self, holder: Holder[Page[File]]) -> Holder[Page[File]] | None: ...
    async def cabinet(self) -> Cabinet[File]: ...
    async def callbacks(self, page: Page[Callable[[int], Awaitable[int]]]) -> int: ...
