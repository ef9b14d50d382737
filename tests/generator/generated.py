"""Generated packages, imported."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from capnweb_gen import generate

__all__ = ["imported"]


@contextmanager
def imported(folder: Path, *names: str, **options: Any) -> Iterator[tuple[ModuleType, ...]]:
    """Generate the package of the first module, and import all of `names` from a folder.

    What was imported is forgotten afterwards. `options` are told to `generate`.
    """
    result = generate(folder / f"{names[0]}.py", **options)
    assert result.diagnostics == ()
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield tuple(importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            del sys.modules[name]
