"""python -m benchmarks [--quick]."""

import argparse
import sys

from benchmarks import report
from benchmarks.measuring import FULL, QUICK, run
from benchmarks.peers import BenchmarkError
from benchmarks.scenarios import FIGURES


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the runtime with npm capnweb on Node, both measured in this run.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="half a minute instead of two, and coarser"
    )
    plan = QUICK if parser.parse_args().quick else FULL
    try:
        done = run(FIGURES, plan, _progress)
    except BenchmarkError as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1
    print(report.text(done))
    return 0


def _progress(what: str) -> None:
    print(what, "...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
