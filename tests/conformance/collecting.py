"""Finds out which test covers which conformance id: it says so, and this reads it.

An id stands in a test's docstring, in a comment, in a parameter, or in the `shows` of a vector. It
belongs to the test function in which it stands; outside of one, to the file. Ranges are written
`MAP-01..21`, `FLOW-01 to 08` or `VAL-01 to VAL-03`, lists `ERR-01, ERR-02` or `ERR-01/02`.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["TESTS", "by_id", "ids_in"]

TESTS = Path(__file__).parent.parent

#: These hold no tests of behaviours: inputs of golden tests, foreign packages, and this package.
_LEFT_OUT = frozenset({"cases", "node_modules", "conformance", "__pycache__"})

_ID = re.compile(
    r"\b(?P<section>[A-Z]{2,5})-(?P<first>\d\d)\b"
    r"(?:(?:\.\.| to |–)(?:(?P=section)-)?(?P<last>\d\d)\b|(?P<more>(?:/\d\d\b)+))?"
)


def ids_in(text: str, sections: Iterable[str]) -> Iterator[str]:
    """All ids of the given sections that a text names, those within ranges included."""
    known = frozenset(sections)
    for match in _ID.finditer(text):
        section, first, last, more = match.group("section", "first", "last", "more")
        if section not in known:
            continue  # UTF-16 looks like one
        for number in range(int(first), int(last or first) + 1):
            yield f"{section}-{number:02}"
        for another in (more or "").split("/")[1:]:
            yield f"{section}-{another}"


def by_id(sections: Iterable[str], folder: Path = TESTS) -> dict[str, list[str]]:
    """The tests that name an id, by id: `wire/test_x.py::test_y` or `vectors/decode.json`."""
    known = frozenset(sections)
    found: dict[str, dict[str, None]] = {}
    for name, text in _pieces(folder):
        for conformance_id in ids_in(text, known):
            found.setdefault(conformance_id, {})[name] = None
    return {conformance_id: list(names) for conformance_id, names in found.items()}


def _pieces(folder: Path) -> Iterator[tuple[str, str]]:
    """All tests, with the texts that belong to them."""
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder)
        if not _LEFT_OUT.isdisjoint(where.parts):
            continue
        if path.match("test_*.py"):
            yield from _python(where.as_posix(), path.read_text("utf-8"))
        elif path.suffix == ".json" and where.parts[0] == "vectors":
            for row in json.loads(path.read_text("ascii")):
                yield where.as_posix(), " ".join(row["shows"])


def _python(where: str, source: str) -> Iterator[tuple[str, str]]:
    lines = source.splitlines()
    for name, start, end in _functions(ast.parse(source)):
        yield f"{where}::{name}", "\n".join(lines[start - 1 : end])
        lines[start - 1 : end] = [""] * (end - start + 1)
    yield where, "\n".join(lines)


def _functions(module: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line of each test function, decorators included."""
    for node in module.body:
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if part.name.startswith("test"):
                start = min([part.lineno, *(each.lineno for each in part.decorator_list)])
                prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
                yield prefix + part.name, start, part.end_lineno or start
