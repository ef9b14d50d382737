"""Good use of `kinds`: every line passes both checkers, with exactly these types."""

# mypy: disable-error-code="unused-awaitable"

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import assert_type
from uuid import UUID

import capnweb_runtime as rpc
from kinds import Dates, Entry, Item, Slot
from kinds_rpc import (
    DatesPromise,
    EntryPromise,
    ItemPromise,
    LibraryStub,
    LibraryTarget,
    LimitsStub,
    LimitsTarget,
    SlotPromise,
)

SOME_ID = UUID("12345678-1234-5678-1234-56789abcdef0")


class MyLibrary(LibraryTarget):
    def same_decimal(self, value: Decimal) -> Decimal:
        return value

    async def same_uuid(self, value: UUID) -> UUID:
        return value

    def same_date(self, value: date) -> date:
        return value

    def same_time(self, value: time) -> time:
        return value

    def same_timedelta(self, value: timedelta) -> timedelta:
        return value

    def same_path(self, value: Path) -> Path:
        return value

    def same_pure_path(self, value: PurePath) -> PurePath:
        return value

    def same_datetime(self, value: datetime) -> datetime:
        return value

    def inside(
        self, ids: dict[str, list[UUID]], pair: tuple[date, time] | None
    ) -> tuple[list[UUID], date | None]:
        return (ids["all"], pair[0] if pair else None)

    def same_item(self, value: Item) -> Item:
        return value

    def same_slot(self, value: Slot) -> Slot:
        return value

    def same_entry(self, value: Entry) -> Entry:
        return value

    def same_dates(self, value: Dates) -> Dates:
        return value

    @property
    def released(self) -> date:
        return date(2024, 2, 29)


async def library(api: LibraryStub) -> None:
    price = api.same_decimal(Decimal("1.50"))
    assert_type(price, rpc.Promise[Decimal])
    assert str(await api.same_decimal(price)) == "1.50"
    assert await api.same_uuid(SOME_ID) == SOME_ID
    assert await api.same_date(api.released) == date(2024, 2, 29)
    assert await api.same_time(time(10, 30, 0, 250)) == time(10, 30, 0, 250)
    assert await api.same_time(time(10, tzinfo=UTC)) == time(10, tzinfo=UTC)
    assert await api.same_timedelta(timedelta(-3, microseconds=7)) == timedelta(-3, microseconds=7)
    assert await api.same_path(Path("a/b")) == Path("a/b")
    assert_type(await api.same_pure_path(Path("a")), PurePath)
    pair = api.inside({"all": [SOME_ID]}, (api.released, time(1)))
    assert_type(await pair, tuple[list[UUID], date | None])
    assert await pair == ([SOME_ID], date(2024, 2, 29))
    assert_type(pair.item0[0], rpc.Promise[UUID])

    item = Item(id=SOME_ID, price=Decimal("9.90"), paid=date(2024, 1, 1))
    assert await api.same_item(item) == item
    made = ItemPromise.of(id=SOME_ID, price=price, paid=api.released)
    assert (await api.same_item(made)).price == Decimal("1.50")
    assert_type(api.same_item(item).price, rpc.Promise[Decimal])
    assert await api.same_item(item).price == Decimal("9.90")
    slot = Slot(time(8), timedelta(hours=1.5))
    assert await api.same_slot(slot) == slot
    assert_type(SlotPromise.of(begin=time(8), length=timedelta(1)).length, rpc.Promise[timedelta])
    entry: Entry = {"path": Path("x/y"), "size": Decimal(3)}
    assert await api.same_entry(entry) == entry
    assert_type(api.same_entry(entry), EntryPromise)
    dates = api.same_dates(Dates(date(2024, 1, 1), date(2024, 12, 31)))
    assert_type(dates, DatesPromise)
    assert await dates.last == date(2024, 12, 31)


class MyLimits(LimitsTarget):
    def age(self, age: int) -> int:
        return age

    def name(self, name: str) -> str:
        return name

    def evens(self, numbers: list[int], price: Decimal) -> int:
        return sum(numbers)

    def some(self, numbers: list[int] | None) -> list[int] | None:
        return numbers

    def days(self, since: date) -> None: ...


async def limits(api: LimitsStub) -> None:
    assert_type(api.age(3), rpc.Promise[int])
    assert await api.age(api.age(3)) == 3
    assert await api.name(" ada ") == "ada"
    assert await api.evens([2, api.age(4)], Decimal("8.99")) == 6
    some = api.some([1, 2])
    assert_type(some, rpc.OptionalListPromise[int, rpc.Promise[int]])
    assert await some.map(api.age) == [1, 2]
    assert await api.some(None) is None
    await api.days(date(2024, 1, 1))
