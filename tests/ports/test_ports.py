"""Public APIs of five kinds of product as Protocols: generated, type-checked, served, used.

In cases/ each has a module or package of interfaces, in a house style of its own.
`<name>_server.py` implements them in memory and inherits the generated Targets; `<name>_use.py` is
a client. All of it lies in one folder with what is generated, and is checked there at once.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import quiet
from tests.loops import run
from tests.ports.ports import PORTS, Port, generated, importable
from tests.typing.checkers import mypy, pyright


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = generated(tmp_path_factory.mktemp("ports"))
    with importable(folder):
        yield folder


@pytest.mark.parametrize("port", PORTS.values(), ids=PORTS)
def test_a_client_uses_it_and_leaves_nothing_behind(port: Port, project: Path) -> None:
    module = port.use()
    run(lambda: _joined(module))


async def _joined(module: Any) -> None:
    near, far = rpc.memory_pair()
    server = rpc.accept(far, module.TARGET())
    connection = rpc.connect(module.STUB, near)
    async with connection as stub:
        await module.use(stub)
        del stub
        await quiet()
        gc.collect()  # what failed is held by its traceback
        await quiet()
        assert (connection.session.stats(), server.stats()) == ((1, 1), (1, 1)), "a leak"
    await server.wait_closed()
    await quiet()


@pytest.mark.timeout(300)
def test_mypy_accepts_implementation_and_use(project: Path) -> None:
    assert mypy(project) == ""


@pytest.mark.timeout(300)
def test_pyright_accepts_implementation_and_use(project: Path) -> None:
    assert pyright(project) == ""
