"""Interfaces that extend others, run: who is what, what inherited members do, and who answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.generator.generated import imported

_CASE = Path(__file__).parent / "cases/good/inheritance/inheritance.py"


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    folder = tmp_path_factory.mktemp("inheritance")
    text = _CASE.read_text().replace(
        "    version: str\n", "    @property\n    def version(self) -> str: ...\n"
    )
    (folder / "inheritance.py").write_text(text)
    with imported(folder, "inheritance", "inheritance_rpc") as found:
        yield found[0], found[1]


def run(target: object, stub: Any, client: Callable[[Any], Awaitable[object]]) -> None:
    async def both() -> None:
        near, far = rpc.memory_pair()
        rpc.accept(far, target)
        async with rpc.connect(stub, near) as main:
            await client(main)

    asyncio.run(both())


class Table:
    """Answers to all of Table."""

    version = name = "t"

    def __init__(self, conditions: tuple[str, ...] = ()) -> None:
        self.conditions = conditions

    def where(self, condition: str) -> "Table":
        return Table((*self.conditions, condition))

    def sorted(self, by: str) -> "Table":
        return Table((*self.conditions, f"by {by}"))

    def count(self, limit: int | None = None, *, exact: bool = True) -> bool:
        return exact and limit is None and len(self.conditions) > 2

    def first(self) -> int:
        return len(self.conditions)

    def source(self) -> object:
        return self

    def drop(self) -> None:
        return None


class Repo:
    """A repository of whatever it is given."""

    version = name = "r"

    def __init__(self, item: object) -> None:
        self.item = item

    def read(self) -> object:
        return self.item

    def get(self, _key: int) -> object:
        return self.item

    def put(self, item: object) -> list[object]:
        return [self.item, item]

    def twin(self) -> "Repo":
        return Repo(self.item)

    copy = twin

    def close(self) -> None:
        return None

    def last(self) -> object:
        return None

    def flush(self) -> None:
        return None


def test_classes_inherit(modules: tuple[Any, Any]) -> None:
    _, api = modules
    assert issubclass(api.TableStub, api.QueryStub)
    assert issubclass(api.TablePromise, api.QueryPromise)
    assert api.QueryTarget in api.TableTarget.__mro__
    assert issubclass(api.PeopleCachePromise, api.ReaderPromise)
    # Its own override is no promise of the same model.
    assert not issubclass(api.EmployeeDirectoryStub, api.DirectoryStub)
    assert issubclass(api.EmployeeDirectoryStub, api.NamedStub)
    assert "sorted" not in vars(api.CountedStub)
    assert not any(name in vars(api.NarrowStub) for name in ("count", "first", "drop"))


def test_members_that_return_self_give_the_stub_at_hand(modules: tuple[Any, Any]) -> None:
    _, api = modules

    async def client(table: Any) -> None:
        chained = table.where("a").sorted("b").where("c")
        assert type(chained) is api.TablePromise
        assert await chained.count() is True
        assert await chained.count(exact=False) is False
        assert await chained.first() == 3
        assert type(await chained) is api.TableStub
        assert await chained.name == "t"

    run(api.export_table(Table()), api.TableStub, client)


def test_inherited_generic_members_know_their_arguments(modules: tuple[Any, Any]) -> None:
    user, api = modules
    ada = user.Person(name="Ada")

    async def people(stub: Any) -> None:
        assert type(stub.get(1)) is api.PersonPromise
        assert await stub.read() == ada
        assert await stub.read().name == "Ada"
        assert await stub.twin().twin().put(ada) == [ada, ada]
        assert type(stub.twin()) is api.PeoplePromise

    run(api.export_people(Repo(ada)), api.PeopleStub, people)

    async def cache(stub: Any) -> None:
        page = stub.get(1)
        assert type(page) is api.PagePromise
        assert await page.items[0].name == "Ada"
        assert (await stub.twin().read()).items == [ada]
        assert await stub.last() is None
        with pytest.raises(TypeError, match=r"PeopleCache\.put\(item\)"):
            await stub.put(ada)

    run(api.export_people_cache(Repo(user.Page(items=[ada]))), api.PeopleCacheStub, cache)


def test_what_is_generic_is_exported_for_its_arguments(modules: tuple[Any, Any]) -> None:
    user, api = modules
    ada = user.Person(name="Ada")

    async def main() -> None:
        reader = api.export_reader_person(Repo(ada))
        assert type(reader) is api.ReaderStub
        assert await reader.twin().read() == ada
        cache = api.export_cache_int(Repo(user.Page(items=[1, 2])))
        assert await cache.get(1).items[1] == 2
        with pytest.raises(TypeError, match=r"Cache\.put\(item\)"):
            await cache.put(user.Page(items=["a"]))
        near, far = rpc.memory_pair()
        with pytest.raises(rpc.CallError, match="pass what its export_"):
            rpc.accept(far, Repo(ada))
        rpc.accept(far, reader)
        async with rpc.connect(near) as root:
            assert await root.twin().read() == {"name": "Ada"}

    asyncio.run(main())


def test_an_object_answers_only_to_what_it_is_handed_on_as(modules: tuple[Any, Any]) -> None:
    user, api = modules
    seen: list[rpc.DynamicStub] = []

    class Full(api.TableTarget):  # type: ignore[misc, name-defined]  # it is yet to be generated
        where = Table.where
        sorted = Table.sorted
        count = Table.count
        first = Table.first
        drop = Table.drop
        version = name = "t"
        conditions = ()

        def source(self) -> object:
            return self

    class Root:
        def query(self, query: rpc.DynamicStub) -> Table:
            seen.append(query.dup())
            return Table()

        def people(self, _reader: object) -> Repo:
            return Repo(user.Person(name="Ada"))

        cache = staff = people

    async def client(root: Any) -> None:
        await root.query(Full())
        query = seen.pop()
        assert type(query) is api.QueryStub
        assert await query.first() == 0
        untyped: Any = rpc.DynamicStub(query._hook.dup())
        for name in ("drop", "sorted", "name"):
            with pytest.raises(TypeError, match="not a function"):
                await untyped[name]()
        # A property of the interface Named, which the object serves too, is none of Query's.
        assert await untyped["version"] is None
        untyped.dispose()
        # What it gives as a Named is a Named only.
        named: Any = rpc.DynamicStub((await query.source())._hook.dup())
        assert await named["name"] == "t"
        with pytest.raises(TypeError, match="not a function"):
            await named["first"]()
        named.dispose()
        query.dispose()

    run(api.export_inheritance(Root()), api.InheritanceStub, client)
