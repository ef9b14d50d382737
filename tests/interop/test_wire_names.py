"""npm `capnweb` calls members by their names on the wire, and Python by its own, in both roles."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.generator.cases_on_disk import GOOD, options_of, source_of_good
from tests.generator.generated import imported
from tests.interop.node import NodePeer
from tests.loops import own_loop

Modules = tuple[ModuleType, ModuleType]


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    [case] = [each for each in GOOD if each.name == "camel"]
    folder = tmp_path_factory.mktemp("wire_names")
    shutil.copy(source_of_good(case), folder)
    with imported(folder, "camel", "camel_rpc", **options_of(case)) as (api, api_rpc):
        yield api, api_rpc


def library(modules: Modules) -> Any:
    """An object that serves the interface, by the names it has in Python."""
    api, api_rpc = modules

    class Library(api_rpc.LibraryTarget):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            self.books = [api.Book(book_id=1, full_title="Emma")]

        @property
        def number_of_books(self) -> int:
            return len(self.books)

        @property
        def top_shelf(self) -> Any:
            return self

        def put_book(self, new_book: Any) -> None:
            self.books.append(new_book)

        def find(self, title_part: str, *, max_results: int = 10, sort_by: str = "book_id") -> Any:
            found = [each for each in self.books if title_part in each.full_title]
            return sorted(found, key=lambda each: getattr(each, sort_by))[:max_results]

        async def move_all(self, to_shelf: Any) -> int:
            for book in self.books:
                await to_shelf.put_book(book)
            return int(await to_shelf.number_of_books)

        def get_URL(self, sha_256: str) -> str:  # noqa: N802 (as in the interface)
            return f"https://{sha_256}"

        def close_all(self) -> None:
            self.books.clear()

        def fetch(self) -> bytes:
            return b"it"

        def MAX_SIZE(self) -> int:  # noqa: N802 (as in the interface)
            return 7

    return Library()


@asynccontextmanager
async def node_calls(served: Any) -> AsyncIterator[NodePeer]:
    async with (
        rpc.serve(lambda: served, "localhost", 0) as server,
        NodePeer.connect(f"ws://localhost:{server.port}") as node,
    ):
        yield node


@own_loop
async def test_javascript_calls_by_the_names_on_the_wire(modules: Modules) -> None:
    async with node_calls(library(modules)) as node:
        got = await node.eval("""async (api) => {
            await api.putBook({bookId: 2, fullTitle: "Emil"});
            return [
                await api.find("Em", {maxResults: 1, order: "full_title"}),
                await api.getURL("abc"), await api.maxSize(), await api.size,
                await api.topShelf.topShelf.size, [...await api.fetch_it()],
                await api.closeAll() ?? null, await api.size];
        }""")
        assert got == [
            [{"bookId": 2, "fullTitle": "Emil"}],
            "https://abc",
            7,
            2,
            2,
            [105, 116],
            None,
            0,
        ]


@own_loop
async def test_the_names_in_python_are_not_on_the_wire(modules: Modules) -> None:
    async with node_calls(library(modules)) as node:
        got = await node.eval("""async (api) => {
            const asked = [api.put_book({}), api.find("E", {max_results: 0}), api.fetch(),
                           api.number_of_books];
            return (await Promise.allSettled(asked)).map(({status, value, reason}) =>
                status === "fulfilled" ? value ?? null : reason.message);
        }""")
        assert got == [
            "'put_book' is not a function.",
            [{"bookId": 1, "fullTitle": "Emma"}],  # no option of that name
            "'fetch' is not a function.",
            None,
        ]


@own_loop
async def test_python_calls_javascript_by_the_names_on_the_wire(modules: Modules) -> None:
    async with node_calls(library(modules)) as node:
        got = await node.eval("""async (api, env) => {
            const books = [];
            class Shelf extends env.RpcTarget {
                get size() { return books.length + 10; }
                putBook(book) { books.push(book); }
            }
            return [await api.moveAll(new Shelf()), books];
        }""")
        assert got == [11, [{"bookId": 1, "fullTitle": "Emma"}]]


@own_loop
async def test_python_calls_python_by_its_own_names(modules: Modules) -> None:
    api, api_rpc = modules
    async with (
        rpc.serve(lambda: library(modules), "localhost", 0) as server,
        rpc.connect(api_rpc.LibraryStub, f"ws://localhost:{server.port}") as stub,
    ):
        await stub.put_book(api.Book(book_id=2, full_title="Emil"))
        [found] = await stub.find("Em", max_results=1, sort_by="full_title")
        assert found.full_title == "Emil"
        assert await stub.top_shelf.number_of_books == 2
        assert await stub.find("Em")[0].book_id in {1, 2}
        with pytest.raises(TypeError, match=r"Library\.find\(maxResults\)"):
            await stub.find("Em", max_results="1")
