"""The table, and what has to be said with it."""

from collections.abc import Iterable
from statistics import mean
from textwrap import fill
from typing import Final

from benchmarks import machine
from benchmarks.measuring import Lap, Result, Run, Spread
from benchmarks.scenarios import Pair

__all__ = ["text"]

#: A middle half of ratios that is wider than this part of their median: it was not quiet enough.
_WIDE: Final = 0.2

_NOTES: Final = """
Rates are medians, and so is the ratio: of the ratios of measurements next to each other in time,
hence not always the quotient of the two medians. In brackets the middle half of what was seen.

Only ratios within one run mean something. Rates differ from machine to machine and, on a shared
one, from minute to minute.

Defaults on both sides: untyped stubs, no validation, no compression; one connection. A process has
one core, so that Node's compiler and garbage collector share it with the code that they serve.

JSON-RPC is there for orientation: calls only. Its chain of 3 takes three round trips.
"""


def text(run: Run) -> str:
    """The whole report."""
    lines = ["", *_versions(run), ""]
    lines += _table(run.results)
    lines.append("")
    notes = (*_told(run), *_NOTES.strip().split("\n\n"))
    lines += [fill(f"* {note}", 100, subsequent_indent="  ") for note in notes]
    return "\n".join(lines)


def _versions(run: Run) -> Iterable[str]:
    width = max(len(pair.name) for pair in run.versions)
    for pair, versions in run.versions.items():
        yield f"{pair.name:<{width}}  " + " · ".join(f"{name} {v}" for name, v in versions.items())
    yield f"{'machine':<{width}}  {machine.description()}"


def _table(results: list[Result]) -> list[str]:
    rows = [["", "", "ours", "", "npm capnweb", "", "ratio", ""]]
    rows += [
        _row(result, [result.figure.name, result.figure.unit], result.figure.reference)
        for result in results
    ]
    rows.append(["for orientation", "beside", "ours", "", "it", "", "ratio", ""])
    rows += [
        _row(result, [result.figure.name, pair.name], pair)
        for result in results
        for pair in result.figure.beside
    ]
    return _aligned(rows)


def _row(result: Result, names: list[str], other: Pair) -> list[str]:
    ours, theirs = result.rate(result.figure.ours), result.rate(other)
    ratio = result.ratio(other)
    return [
        *names,
        *(f"{ours.median:,.0f}", f"({ours.low:,.0f} – {ours.high:,.0f})"),
        *(f"{theirs.median:,.0f}", f"({theirs.low:,.0f} – {theirs.high:,.0f})"),
        *(f"{ratio.median:.2f}x", f"({ratio.low:.2f} – {ratio.high:.2f})"),
    ]


def _aligned(rows: list[list[str]]) -> list[str]:
    """Columns: names to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:<{width}}" if column < 2 or cell.startswith("(") else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _told(run: Run) -> Iterable[str]:
    plan = run.plan
    laps = [lap for result in run.results for laps in result.rounds for lap in laps]
    counted = [lap for result in run.results for lap in result.counted]
    yield (
        f"{run.rounds} of {plan.rounds} rounds of new processes, {plan.laps} times {plan.seconds} s"
        f" each, in {run.seconds:.0f} s over loopback WebSocket. The client reads the clock."
    )
    yield " ".join(machine.conditions())
    yield (
        f"The host took {_steal(laps)} of the cores' time. The quieter measurements count,"
        f" {len(counted)} of {len(laps)}, with {_steal(counted)}."
    )
    wide = [
        result.figure.name
        for result in run.results
        if _width(result.ratio(result.figure.reference)) > _WIDE
    ]
    if wide:
        yield f"TOO NOISY to compare versions by: {', '.join(wide)}. Run again on a quiet machine."


def _steal(laps: list[Lap]) -> str:
    return f"{mean(lap.steal for lap in laps):.1%}"


def _width(ratio: Spread) -> float:
    return (ratio.high - ratio.low) / ratio.median
