"""python -m benchmarks.compiled PYTHON [--quick]: the compiled runtime beside the sources.

PYTHON is that of an environment with the compiled runtime, `make bench-compiled` makes one. Both
forms are measured in turns, as the bar is (measuring.py), by the same programs.
"""

import argparse
import sys
from collections.abc import Iterable
from typing import Any, Final

from benchmarks.measuring import QUICK, Plan, Result, run
from benchmarks.pages import DOCS, store
from benchmarks.scenarios import Figure, Pair, Program, Workload

__all__ = ["table"]

_FORMS: Final = ("compiled", "sources")
_PLAN: Final = Plan(rounds=3, laps=5, warm_up=0.3, lead=0.05, seconds=0.3, budget=240.0)


def _figures(python: str) -> tuple[Figure, ...]:
    # How much is enough was not set before: it is a choice of who installs it.
    def figure(name: str, unit: str, workload: Workload, *, over: bool) -> Figure:
        ours, reference = _pair("compiled", python, over), _pair("sources", sys.executable, over)
        return Figure(name, unit, workload, ours, reference, must=1.0, aim=1.0)

    in_flight, tree = Workload("in_flight", 1000), Workload("tree", 2)
    sequential = Workload("sequential", 20)
    return (
        figure("in process, 1,000 in flight", "calls/s", in_flight, over=False),
        figure("in process, 119 KB tree echo", "calls/s", tree, over=False),
        figure("in process, map of 1,000", "maps/s", Workload("map", 1), over=False),
        figure("WebSocket, sequential calls", "calls/s", sequential, over=True),
        figure("WebSocket, 1,000 in flight", "calls/s", in_flight, over=True),
        figure("WebSocket, 119 KB tree echo", "calls/s", tree, over=True),
    )


def _pair(name: str, python: str, over_websocket: bool) -> Pair:
    program = Program((python, "-m", "benchmarks.programs.capnweb_python", "fast"))
    if over_websocket:
        return Pair(name, program, program)
    return Pair(f"{name}, in process", None, program)


def _found(result: Result) -> dict[str, Any]:
    figure = result.figure
    ratio = result.ratio(figure.reference)
    return {
        "name": figure.name,
        "unit": figure.unit,
        "compiled": round(result.value(figure.ours).median, 1),
        "sources": round(result.value(figure.reference).median, 1),
        "ratio": round(ratio.median, 2),
        "middle_half": [round(ratio.low, 2), round(ratio.high, 2)],
    }


def table(found: list[dict[str, Any]]) -> Iterable[str]:
    """The figures for the docs."""
    yield "| | compiled | sources | ratio | middle half |"
    yield "|---|---:|---:|---:|---:|"
    for row in found:
        low, high = row["middle_half"]
        rates = " | ".join(f"{row[each]:,.{0 if row[each] >= 100 else 1}f}" for each in _FORMS)
        yield f"| {row['name']}, {row['unit']} | {rates} | {row['ratio']:.2f}x | {low} – {high} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiled")
    parser.add_argument("python", help="of an environment with the compiled runtime")
    parser.add_argument("--quick", action="store_true", help="coarser, and nothing is written")
    given = parser.parse_args()
    done = run(_figures(given.python), QUICK if given.quick else _PLAN, print)
    for pair, versions in done.versions.items():
        print(f"{pair.name}: {', '.join(' '.join(each) for each in versions.items())}")
    found = [_found(result) for result in done.results]
    print("\n".join(table(found)))
    if not given.quick:
        store("compiled", found, DOCS / "performance.md", "the compiled form", table(found))


if __name__ == "__main__":
    main()
