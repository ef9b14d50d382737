"""The golden cases: folders of cases/.

good/<name>/   <name>.py or the package <name>/, and in expected/ the package generated from it
bad/<code>_…/  a Python file or a pyproject.toml that is refused, and in diagnostics.txt why

Either may have an options.json: what `generate` is told besides.
"""

import json
import sys
from pathlib import Path
from typing import Any

__all__ = [
    "BAD",
    "GOOD",
    "READABLE",
    "expected_package",
    "options_of",
    "source_of_bad",
    "source_of_good",
]

_CASES = Path(__file__).parent / "cases"

GOOD = sorted((_CASES / "good").iterdir())
#: Cases that older Pythons cannot read.
_ONLY_SINCE = {"brackets": (3, 12)}

#: The good cases that this Python can read.
READABLE = [case for case in GOOD if sys.version_info >= _ONLY_SINCE.get(case.name, (3,))]

BAD = sorted((_CASES / "bad").iterdir())


def source_of_good(case: Path) -> Path:
    """The file of interfaces: the modules of all good cases can lie in one folder."""
    module = case / f"{case.name}.py"
    return module if module.exists() else case / case.name / "api.py"


def expected_package(case: Path) -> Path:
    """Where, beside the source, the expected package would lie."""
    source = source_of_good(case)
    return source.with_name(f"{source.stem}_rpc")


def source_of_bad(case: Path) -> Path:
    """The one file."""
    return min(case.glob("*.py"))


def options_of(case: Path) -> dict[str, Any]:
    """What `generate` is told of the case."""
    file = case / "options.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found
