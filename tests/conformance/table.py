"""The ids of `ids.json`, what became of each, and the two tables that are written of it."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from tests.conformance.collecting import TESTS, by_id

__all__ = [
    "DIFFERENCES",
    "MATRIX",
    "README",
    "Behaviour",
    "Section",
    "State",
    "difference_rows",
    "matrix",
    "read",
    "readme",
]

ROOT: Final = TESTS.parent
README: Final = ROOT / "README.md"
MATRIX: Final = ROOT / "docs" / "conformance.md"
DIFFERENCES: Final = ROOT / "docs" / "decisions" / "07-differences.md"

_MARKER: Final = "<!-- conformance -->"

_HEAD: Final = """\
# Conformance

Everything that the npm package `capnweb` 0.12 was seen to do, in {ids} lines, and the tests that
show what we do. Written by `python -m tests.conformance` from the tests themselves, each of which
names the lines that it covers; titles and differences stand in `tests/conformance/ids.json`. A
*difference* is on purpose, and the name of a row in [Where we differ](decisions/07-differences.md).
"""


class State(Enum):
    """What became of a behaviour; the values are the columns of the summary."""

    COVERED = "as the reference"
    DIFFERENT = "different on purpose"
    LATER = "later"
    MISSING = "missing"


@dataclass(frozen=True)
class Behaviour:
    """One line of the list.

    Attributes:
        difference: the row of 07-differences.md that says in what we differ, empty if we do not.
        later: why it is no part of this yet, empty if it is.
        tests: what covers it.
    """

    id: str
    title: str
    difference: str
    later: str
    tests: list[str]

    @property
    def state(self) -> State:
        if self.later:
            return State.LATER
        if self.difference:
            return State.DIFFERENT
        return State.COVERED if self.tests else State.MISSING


@dataclass(frozen=True)
class Section:
    """The lines whose ids begin alike."""

    name: str
    title: str
    behaviours: list[Behaviour] = field(default_factory=list)


def read(folder: Path = TESTS) -> list[Section]:
    """All sections, with the tests of a folder."""
    written = json.loads((Path(__file__).parent / "ids.json").read_text("utf-8"))
    tests = by_id([section["section"] for section in written], folder)
    return [
        Section(
            section["section"],
            section["title"],
            [
                Behaviour(
                    row["id"],
                    row["title"],
                    row.get("difference", ""),
                    row.get("later", ""),
                    tests.get(row["id"], []),
                )
                for row in section["ids"]
            ],
        )
        for section in written
    ]


def difference_rows() -> set[str]:
    """What the rows of 07-differences.md are called: their first cells."""
    table = DIFFERENCES.read_text("utf-8")
    return {_cells(line)[0] for line in table.splitlines() if line.startswith("| ")}


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# ---------------------------------------------------------------------------------- documents


def matrix(sections: list[Section]) -> str:
    """docs/conformance.md"""
    parts = [_HEAD.format(ids=sum(len(section.behaviours) for section in sections))]
    for section in sections:
        parts.append(f"\n## {section.title} ({section.name})\n\n")
        parts.append("| id | | tests | difference |\n|---|---|---|---|\n")
        parts += [
            _row([each.id, each.title, _tests(each.tests), each.later or each.difference])
            for each in section.behaviours
        ]
    return "".join(parts)


def readme(text: str, sections: list[Section]) -> str:
    """README.md, with the summary between its two markers.

    Raises:
        ValueError: if the markers are not there.
    """
    pieces = text.split(_MARKER)
    if len(pieces) != 3:
        raise ValueError(f"README.md needs two lines that say {_MARKER}")
    return f"{pieces[0]}{_MARKER}\n{_summary(sections)}{_MARKER}{pieces[2]}"


def _summary(sections: list[Section]) -> str:
    shown = [State.COVERED, State.DIFFERENT, State.LATER]
    total: Counter[State] = Counter()
    lines = [_row(["", *(state.value for state in shown)]), "|---|---:|---:|---:|\n"]
    for section in sections:
        counts = Counter(each.state for each in section.behaviours)
        total += counts
        lines.append(_row([section.title, *(_number(counts[state]) for state in shown)]))
    lines.append(_row(["**all**", *(f"**{total[state]}**" for state in shown)]))
    return "".join(lines)


def _number(count: int) -> str:
    return str(count) if count else ""


def _tests(names: list[str]) -> str:
    """The tests by file, each file a link."""
    files: dict[str, list[str]] = {}
    for name in names:
        file, _, test = name.partition("::")
        files.setdefault(file, []).append(test.removeprefix("test_"))
    return "<br>".join(
        f"[{file.removesuffix('.py')}](../tests/{file}) {', '.join(filter(None, tests))}".rstrip()
        for file, tests in files.items()
    )


def _row(cells: list[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"
