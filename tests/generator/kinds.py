"""The interfaces of `tests/typing/cases/kinds.py`, generated and implemented."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.generator.generated import imported

__all__ = ["Modules", "modules"]

_CASES = Path(__file__).parents[1] / "typing/cases"


class Modules(NamedTuple):
    """What a user writes, what is generated of it, and implementations with good uses."""

    kinds: Any
    kinds_rpc: Any
    kinds_ok: Any


@pytest.fixture(scope="module", name="modules")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    """All three."""
    folder = tmp_path_factory.mktemp("kinds")
    for name in ("kinds", "kinds_ok"):
        shutil.copy(_CASES / f"{name}.py", folder)
    with imported(folder, "kinds", "kinds_rpc", "kinds_ok") as found:
        yield Modules(*found)
