"""Tables in the pages of the docs: each stands between two marks, and is what was measured."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

__all__ = ["DOCS", "RESULTS", "documented", "load", "store"]

_ROOT: Final = Path(__file__).resolve().parents[1]

DOCS: Final = _ROOT / "docs"
RESULTS: Final = _ROOT / "benchmarks" / "results"


def documented(page: str, what: str, lines: Iterable[str]) -> str:
    """The text of a page with the lines of a table between its marks, `<!-- figures of WHAT -->`.

    Raises:
        ValueError: if the page has no two such marks.
    """
    mark = f"<!-- figures of {what} -->"
    if page.count(mark) != 2:
        raise ValueError(f"a page needs two marks {mark}")
    before, _, rest = page.partition(mark)
    _, _, after = rest.partition(mark)
    return f"{before}{mark}\n" + "\n".join(lines).rstrip() + f"\n{mark}{after}"


def store(name: str, found: Any, page: Path, what: str, lines: Iterable[str]) -> None:
    """Write what was measured, and put it into a page."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    page.write_text(documented(page.read_text(encoding="utf-8"), what, lines), encoding="utf-8")


def load(name: str) -> Any:
    """What was measured last."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
