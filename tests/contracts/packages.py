"""Two versions of one API, generated: what a server may have, and what its client was made from."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests.generator.generated import imported

__all__ = ["Versions", "versions"]

_OLD = """
from typing import Protocol

class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...

class Other(Protocol):
    async def add(self, a: int) -> int: ...
"""

_NEW = _OLD.replace("-> int", "-> int | None")


class Versions(NamedTuple):
    """The generated packages; `moved` is `old` in another module, with more in it."""

    old: Any
    new: Any
    moved: Any


@pytest.fixture(scope="module", name="versions")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Versions]:
    """The packages, imported."""
    folder = tmp_path_factory.mktemp("versions")
    moved = f"{_OLD.replace('Other', 'Another')}\n    async def more(self) -> str: ...\n"
    sources = {"old_api": _OLD, "new_api": _NEW, "moved_api": moved}
    with ExitStack() as stack:
        packages = []
        for name, text in sources.items():
            (folder / f"{name}.py").write_text(text)
            [_, package] = stack.enter_context(imported(folder, name, f"{name}_rpc"))
            packages.append(package)
        yield Versions(*packages)
