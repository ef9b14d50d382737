"""python -m benchmarks [--quick] [--only WORD] [--others PYTHON]."""

import argparse
import sys
from pathlib import Path
from typing import Final

from benchmarks import chart, others, report
from benchmarks.measuring import FULL, QUICK, run
from benchmarks.pages import DOCS, store
from benchmarks.peers import BenchmarkError
from benchmarks.scenarios import FIGURES, with_others
from capnweb_gen import generate

_ROOT: Final = Path(__file__).resolve().parent
_TYPED_API: Final = _ROOT / "programs" / "typed_api.py"
_PAGE: Final = DOCS / "performance.md"
_CHART: Final = DOCS / "performance.svg"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the runtime with npm capnweb on Node, both measured in this run.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="in two minutes instead of eight, coarser, and without other libraries",
    )
    parser.add_argument("--only", metavar="WORD", help="figures with this word in their names")
    parser.add_argument(
        "--others",
        metavar="PYTHON",
        type=Path,
        default=others.PYTHON,
        help="of the environment with other libraries",
    )
    given = parser.parse_args()
    plan = QUICK if given.quick else FULL
    figures = tuple(each for each in FIGURES if given.only is None or given.only in each.name)
    is_whole = figures == FIGURES
    if plan is FULL:
        figures = with_others(figures, others.found(given.others, _tell))
    generate(_TYPED_API)
    try:
        done = run(figures, plan, lambda what: _tell(f"{what} ..."))
    except BenchmarkError as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1
    print(report.text(done))
    if plan is FULL and is_whole:
        found = report.as_json(done)
        store("latest", found, _PAGE, "the bar", report.table(found))
        _CHART.write_text(chart.svg(done), encoding="utf-8")
    return 0


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
