"""One interface in two languages: each serves it, and each calls it, with the same results.

The declarations are generated from the Protocols; the TypeScript that is written against them is
checked by the compiler, and then runs.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import capnweb_runtime as rpc
from capnweb_gen import generate
from tests.generator.generated import imported
from tests.generator.typescript.compiler import compiled, link_packages, tsc
from tests.generator.typescript.node import call, served
from tests.typing.checkers import mypy

_CASE = Path(__file__).parent / "cases/running"

_EXPECTED = {
    "name": "Corner",
    "item": {"price": "1.50", "color": "red", "tags": [], "parts": ["nut"]},
    "page": {"size": 2, "next": "more"},
    "titles": ["bolt", "bowl"],
    "saved": [["bolt", "x", "y"], [], ["bolt"]],
    "counts": [1, 2, 2, 4],
    "taken": [["bolt"], ["bolt"], ["bolt"]],
    "visit": ["hello, Ada", ["bowl"], [["large"]]],
    "events": [2, "red 2024-12-31T00:00:00.000Z", "2"],
    "described": ["bolt", "2 gone"],
    "chunks": [0, 1, 2],
    "measured": 7,
    "doubled": str(2**65),
    "later": "2024-12-31T00:00:01.500Z",
    "failure": "on purpose",
}


class Project(NamedTuple):
    folder: Path
    server: Any
    client: Any


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(_CASE, folder, dirs_exist_ok=True)
    link_packages(folder)
    result = generate(folder / "shop.py", ts=folder)
    assert [found.message for found in result.diagnostics] == []
    for name in ("client", "server"):
        (folder / f"{name}.js").write_text(compiled((folder / f"{name}.ts").read_text()))
    with imported(folder, "shop", "server", "client") as (_, server, client):
        yield Project(folder, server, client)


@pytest.mark.timeout(300)
def test_types_of_both(project: Project) -> None:
    assert tsc(project.folder) == ""
    assert mypy(project.folder) == ""


def test_typescript_calls_python(project: Project) -> None:
    async def run() -> None:
        async with rpc.serve(project.server.Shop, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.port}"
            assert await call(project.folder, "./client.js", url) == _EXPECTED

    asyncio.run(run())


def test_python_calls_typescript(project: Project) -> None:
    with served(project.folder, "./server.js") as url:
        assert asyncio.run(project.client.main(url)) == _EXPECTED


def test_python_calls_python(project: Project) -> None:
    async def run() -> None:
        async with rpc.serve(project.server.Shop, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.port}"
            assert await project.client.main(url) == _EXPECTED

    asyncio.run(run())


def test_typescript_calls_typescript(project: Project) -> None:
    with served(project.folder, "./server.js") as url:
        assert asyncio.run(call(project.folder, "./client.js", url)) == _EXPECTED
