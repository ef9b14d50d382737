"""contract.json, and the parts that must stay equal to parts of the runtime."""

import hashlib
import json
from pathlib import Path

from capnweb_gen import generate
from capnweb_runtime.generated import FORMAT

_ONE = """
from typing import Protocol


class Api(Protocol):
    async def a(self, *, x: int = 1, y: str) -> int: ...
    async def b(self) -> str: ...
"""

_SAME = """
# The same, in another order and place.
from typing import Protocol as Interface


class Api(Interface):
    async def b(self) -> str: ...

    async def a(self, *, y: str, x: int = 1) -> int: ...
"""


def contract(folder: Path, text: str) -> dict[str, object]:
    folder.mkdir()
    (folder / "api.py").write_text(text)
    result = generate(folder / "api.py")
    assert result.package is not None
    loaded: dict[str, object] = json.loads((result.package / "contract.json").read_text())
    return loaded


def test_the_digest_is_that_of_the_contract(tmp_path: Path) -> None:
    found = contract(tmp_path / "one", _ONE)
    digest = found.pop("digest")
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert found["format"] == "capnweb-contract/1"


def test_order_and_place_do_not_count(tmp_path: Path) -> None:
    assert contract(tmp_path / "one", _ONE) == contract(tmp_path / "two", _SAME)


def test_types_count(tmp_path: Path) -> None:
    changed = _ONE.replace("-> str", "-> str | None")
    one, two = contract(tmp_path / "one", _ONE), contract(tmp_path / "two", changed)
    assert one["digest"] != two["digest"]


def test_the_form_is_one_that_the_runtime_runs() -> None:
    text = (Path(__file__).parent / "cases/good/scalars/expected/client.py").read_text()
    assert f"_s.require_format({FORMAT}, __name__)" in text
