"""The ports: what they are made of, and a folder with all of them, generated and importable."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capnweb_gen import check, generate

__all__ = ["PORTS", "Port", "generated", "importable"]

_CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Port:
    """A public API of some kind of product.

    Attributes:
        name: `<name>_server.py` implements it, `<name>_use.py` uses it.
        sources: the files of interfaces; a package is generated for each.
    """

    name: str
    sources: tuple[str, ...]

    def use(self) -> Any:
        """A client: `use(stub)`, with a stub of the class `STUB`, of what `TARGET()` makes."""
        return importlib.import_module(f"{self.name}_use")


PORTS = {
    port.name: port
    for port in (
        Port("forge", ("forge/api.py",)),
        Port("keyvalue", ("keyvalue.py",)),
        Port("chat", ("chat/api.py",)),
        Port("files", ("files.py",)),
        Port("jobs", ("jobs/observing.py", "jobs/handles.py", "jobs/api.py")),
    )
}


def generated(folder: Path) -> Path:
    """A folder in `folder` with all ports and what is generated for them."""
    made = folder / "project"
    shutil.copytree(_CASES, made)
    for port in PORTS.values():
        sources = [made / source for source in port.sources]
        assert generate(sources).diagnostics == (), port.name
        checked = check(sources)
        assert (checked.changes, len(checked.folders)) == ((), len(sources)), port.name
    return made


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Modules of a folder can be imported; those that were are forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            del sys.modules[name]
