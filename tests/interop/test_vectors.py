"""The npm package against tests/vectors: each row holds for it, or says in what it differs.

One Node process takes all rows (vectors.mjs) and answers what it does otherwise.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import notation

FOLDER = Path(__file__).parent

#: So much JavaScript can tell apart in a number of JSON text.
MAX_SAFE_INTEGER = 2**53 - 1

#: Rows by what they are called, in all files.
ROWS: dict[str, Any] = {
    f"{path.relative_to(notation.FOLDER).with_suffix('')} {row['what']} [{n}]": {
        "way": _way,
        **row,
    }
    for path in sorted(notation.FOLDER.rglob("*.json"))
    for n, row in enumerate(json.loads(path.read_text("ascii")))
    for _way in ["no" if "why" in row else "received" if path.stem == "decode" else "both"]
}


def exact(tree: Any) -> Any:
    """Integers that JavaScript would round, in the notation of bigints."""
    if isinstance(tree, list):
        return [exact(item) for item in tree]
    if isinstance(tree, dict):
        return {key: exact(item) for key, item in tree.items()}
    if type(tree) is int and abs(tree) > MAX_SAFE_INTEGER:
        return {"$": "bigint", "digits": str(tree)}
    return tree


@pytest.fixture(scope="module")
def answers() -> dict[str, str | None]:
    """What Node says to each row: None, or what it does otherwise."""
    node = shutil.which("node")
    assert node is not None, "Node is needed: run `make setup`"
    rows = [
        {**row, "value": exact(row["value"])} if "value" in row else row for row in ROWS.values()
    ]
    result = subprocess.run(
        [node, str(FOLDER / "vectors.mjs")],
        input=json.dumps(rows).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=50,
    )
    return dict(zip(ROWS, json.loads(result.stdout), strict=True))


@pytest.mark.parametrize("name", ROWS)
def test_the_reference_agrees(answers: dict[str, str | None], name: str) -> None:
    row, answer = ROWS[name], answers[name]
    if "reference" in row:
        assert answer is not None, "it does not differ any more"
    else:
        assert answer is None, f"the reference {answer}"
