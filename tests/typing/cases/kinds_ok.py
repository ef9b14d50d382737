"""Good use of `kinds`: every line passes both checkers, with exactly these types."""

# mypy: disable-error-code="unused-awaitable"

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Literal, TypeVar, assert_type, overload
from uuid import UUID

import capnweb_runtime as rpc
from kinds import (
    Cat,
    Created,
    Dates,
    Deleted,
    Dog,
    Entry,
    File,
    Holder,
    Item,
    Json,
    Page,
    Slot,
)
from kinds_rpc import (
    ChoicesStub,
    ChoicesTarget,
    DatesPromise,
    EntryPromise,
    FilePromise,
    FileStub,
    FilledStub,
    FilledTarget,
    HolderPromise,
    HolderResult,
    PagePromise,
    GenericsStub,
    GenericsTarget,
    ItemPromise,
    LibraryStub,
    LibraryTarget,
    LimitsStub,
    LimitsTarget,
    OverloadedStub,
    OverloadedTarget,
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


class MyFile:
    def __init__(self, path: str) -> None:
        self.path = path

    def name(self) -> str:
        return self.path


def an_item(number: int) -> Item:
    return Item(id=UUID(int=number))


class MyOverloaded(OverloadedTarget):
    @overload
    def find(self, key: UUID) -> Item: ...
    @overload
    def find(self, key: list[UUID]) -> list[Item]: ...
    @overload
    def find(self, key: int, *, price: Decimal | None = None) -> Item | None: ...
    def find(
        self, key: UUID | list[UUID] | int, *, price: Decimal | None = None
    ) -> Item | list[Item] | None:
        match key:
            case UUID():
                return Item(id=key)
            case list():
                return [Item(id=each) for each in key]
            case int():
                return Item(id=UUID(int=key), price=price) if price is not None else None

    @overload
    async def open(self, path: str, mode: Literal["read"]) -> MyFile: ...
    @overload
    async def open(self, path: str, mode: Literal["write"], data: bytes = b"") -> int: ...
    async def open(self, path: str, mode: str, data: bytes = b"") -> MyFile | int:
        return MyFile(path) if mode == "read" else len(data)

    @overload
    def tail(self, file: FileStub) -> AsyncIterator[MyFile]: ...
    @overload
    def tail(self, file: str) -> AsyncIterator[str]: ...
    async def tail(self, file: FileStub | str) -> AsyncIterator[MyFile | str]:
        if isinstance(file, str):
            yield file
        else:
            yield MyFile(await file.name())

    def old(self) -> int:
        return 1


async def overloaded(api: OverloadedStub) -> None:
    one = api.find(UUID(int=1))
    assert_type(one, ItemPromise)
    assert (await one).id == UUID(int=1)
    several = api.find([UUID(int=2), one.id])
    assert_type(several, rpc.ListPromise[Item, ItemPromise])
    assert [item.id.int for item in await several] == [2, 1]
    assert_type(api.find(one.id), ItemPromise)
    assert (await api.find(one.id)).id.int == 1
    assert await api.find(several.map(lambda item: item.id)) == await several
    assert_type(api.find(3), rpc.OptionalPromise[Item, ItemPromise])
    assert await api.find(3) is None
    assert (await api.find(key=3, price=Decimal(1)).some.price) == 1

    file = api.open("a", "read")
    assert_type(file, FilePromise)
    assert await file.name() == "a"
    size = api.open("a", "write", b"abc")
    assert_type(size, rpc.Promise[int])
    assert await size == 3
    assert await api.open("a", mode="write") == 0

    assert [text async for text in api.tail("x")] == ["x"]
    names = [await each.name() async for each in api.tail(file)]
    assert_type(names, list[str])
    assert names == ["a"]
    assert [await each.name() async for each in api.tail(MyFile("b"))] == ["b"]
    bound = api.find
    assert_type(bound(1), rpc.OptionalPromise[Item, ItemPromise])


class MyChoices(ChoicesTarget):
    def pet(self, pet: Cat | Dog) -> Cat | Dog:
        return pet

    def maybe(self, pet: Cat | Dog | None) -> str:
        return type(pet).__name__

    def event(self, event: Created | Deleted) -> list[Created | Deleted]:
        return [event]

    def file(self, file: FileStub | str | None) -> FileStub | MyFile | str | None:
        return MyFile("own") if file is None else file

    def number(self, value: int | float) -> int | float:
        return value

    def moment(self, value: datetime | str) -> datetime | str:
        return value

    def exact(self, value: date | UUID | Decimal) -> date | UUID | Decimal:
        return value

    def flag(self, value: bool | int) -> bool | int:
        return value


async def choices(api: ChoicesStub) -> None:
    assert_type(api.pet(Cat()), rpc.Promise[Cat | Dog])
    assert await api.pet(Dog(lives=2)) == Dog(lives=2)
    assert await api.pet(api.pet(Cat())) == Cat()
    assert await api.maybe(Dog()) == "Dog"
    assert await api.maybe(None) == "NoneType"
    assert await api.event(Deleted("deleted", "x")) == [Deleted("deleted", "x")]
    file = await api.file(None)
    assert_type(file, FileStub | str | None)
    assert isinstance(file, FileStub)
    assert await file.name() == "own"
    again = await api.file(MyFile("mine"))
    assert isinstance(again, FileStub)
    assert await again.name() == "mine"
    assert await api.file("text") == "text"
    assert type(await api.number(3)) is int
    assert type(await api.number(3.5)) is float
    now = datetime(2024, 1, 1, tzinfo=UTC)
    assert await api.moment(now) == now
    assert await api.moment("2024-01-01") == "2024-01-01"
    for value in (date(2024, 1, 1), SOME_ID, Decimal("1.5")):
        assert await api.exact(value) == value
    assert await api.flag(True) is True
    assert type(await api.flag(1)) is int


T = TypeVar("T")
K = TypeVar("K")


class MyShelf:
    def get(self, key: int) -> Item:
        return an_item(key)

    def pick(self, item: Item, key: K) -> tuple[Item, K]:
        return (item, key)


class MyGenerics(GenericsTarget):
    def first(self, items: list[T]) -> T:
        return items[0]

    async def same(self, item: T) -> T:
        return item

    def swap(self, pair: tuple[T, K]) -> tuple[K, T]:
        return (pair[1], pair[0])

    async def apply(self, value: T, change: Callable[[T], Awaitable[K]]) -> list[K]:
        return [await change(value)]

    def shelf(self) -> MyShelf:
        return MyShelf()

    def json(self, value: Json) -> Json:
        return value

    def table(self, table: dict[str, list[int]]) -> dict[str, list[Item]]:
        return {key: [an_item(each) for each in row] for key, row in table.items()}


async def generics(api: GenericsStub) -> None:
    first = api.first([3, 4])
    assert_type(first, rpc.Promise[int])
    assert await first == 3
    assert_type(await api.same("x"), str)
    swapped = api.swap((1, "a"))
    assert_type(await swapped, tuple[str, int])
    assert_type(swapped.item0, rpc.Promise[str])
    assert await swapped.item0 == "a"
    applied = api.apply(3, lambda n: f"<{n}>")
    assert_type(applied, rpc.ListPromise[str, rpc.Promise[str]])
    assert await applied == ["<3>"]
    shelf = api.shelf()
    picked = shelf.pick(shelf.get(1), True)
    assert_type(picked, rpc.TuplePromise2[Item, bool, ItemPromise, rpc.Promise[bool]])
    assert await picked == (an_item(1), True)
    value: Json = {"a": [1, None, {"b": "c"}]}
    assert await api.json(value) == value
    table = api.table({"x": [1, 2]})
    assert_type(table["x"][0].price, rpc.Promise[Decimal])
    assert await table["x"][1] == an_item(2)


class AsyncFile:
    """What satisfies the user's own Protocol, to be put into models of theirs."""

    def __init__(self, path: str) -> None:
        self.path = path

    async def name(self) -> str:
        return self.path


class MyCabinet:
    def page(self) -> Page[FileStub]:
        raise NotImplementedError

    def hold(self, value: FileStub) -> HolderResult[FileStub, FilePromise]:
        raise NotImplementedError


class MyFilled(FilledTarget):
    async def files(self, page: Page[FileStub]) -> Page[File]:
        names = [await file.name() for file in page.items]
        return Page[File](items=[AsyncFile(name + "!") for name in names])

    def numbers(self, page: Page[int]) -> Page[int]:
        return page

    async def hold(self, holder: HolderResult[int, rpc.Promise[int]]) -> Holder[int]:
        return Holder(AsyncFile(await holder.file.name()), holder.value + 1)

    async def deep(
        self, holder: HolderResult[Page[FileStub], PagePromise[FileStub, FilePromise]]
    ) -> Holder[Page[File]] | None:
        name = await holder.value.items[0].name()
        return Holder(AsyncFile(name), Page[File](items=[], best=AsyncFile("best")))

    def cabinet(self) -> MyCabinet:
        return MyCabinet()

    async def callbacks(
        self, page: Page[rpc.Callback[[rpc.Arg[int]], rpc.Promise[int]]]
    ) -> int:
        return await page.items[0](3)


async def filled(api: FilledStub) -> None:
    page = api.files(Page[File](items=[AsyncFile("a"), AsyncFile("b")]))
    assert_type(page, PagePromise[FileStub, FilePromise])
    assert await page.items[1].name() == "b!"
    assert_type(await page, Page[FileStub])
    assert [await file.name() for file in (await page).items] == ["a!", "b!"]
    assert (await page).best is None
    assert await (await api.files(page)).items[0].name() == "a!!"
    assert await (await api.files(await page)).items[0].name() == "a!!"
    assert_type(await api.numbers(Page[int](items=[1])), Page[int])
    assert await api.numbers(Page[int](items=[1])) == Page[int](items=[1])

    holder = api.hold(Holder(AsyncFile("c"), 1))
    assert_type(holder, HolderPromise[int, rpc.Promise[int]])
    assert_type(await holder, HolderResult[int, rpc.Promise[int]])
    assert (await holder).value == 2
    assert await (await holder).file.name() == "c"
    assert await holder.file.name() == "c"
    assert await holder.value == 2
    assert await api.hold(holder).value == 3
    value = Page[File](items=[AsyncFile("d")])
    deep = api.deep(Holder(AsyncFile("e"), value))
    assert_type(deep.some.value.best.some, FilePromise)
    assert await deep.some.value.best.some.name() == "best"
    assert await deep.some.file.name() == "d"
    assert_type(api.cabinet().page(), PagePromise[FileStub, FilePromise])
    assert_type(api.cabinet().hold(await page.items[0]), HolderPromise[FileStub, FilePromise])
