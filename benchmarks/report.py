"""The table, and what has to be said with it."""

from collections.abc import Iterable
from statistics import mean
from textwrap import fill
from typing import Any, Final

from benchmarks import machine
from benchmarks.measuring import Lap, Result, Run, Spread
from benchmarks.scenarios import Pair

__all__ = ["as_json", "table", "text"]

#: A middle half of ratios that is wider than this part of their median: it was not quiet enough.
_WIDE: Final = 0.2

#: The column that says whether the bar holds.
_LAST: Final = 10

_NOTES: Final = """
Rates are medians, and so is the ratio: of the ratios of measurements next to each other in time,
hence not always the quotient of the two medians. In brackets the middle half of what was seen.

Only ratios within one run mean something. Rates differ from machine to machine and, on a shared
one, from minute to minute.

Ours runs with the extra `fast` where nothing else is said; besides that, defaults on both sides:
untyped stubs, no validation, no compression; one connection. The reference is npm capnweb on Node
but in the last two rows, which say what it is. A process has one core, so that Node's compiler and
garbage collector share it with the code that they serve.

JSON-RPC on `websockets` is calls only. Its chain of 3 takes three round trips.
"""

#: What other libraries do, for those that took part. The page of the docs says it at more length.
_OTHERS: Final = {
    "py-capnweb": "over WebSocket by `aiohttp`, without releases; a chain is three round trips",
    "gRPC": "`grpcio` on asyncio, HTTP/2, integers by `struct`; a chain is three round trips",
    "RPyC": "threads instead of asyncio, its own encoding over TCP; a chain is three round trips",
    "Cap'n Proto": "`pycapnp` on asyncio, TCP; a chain is one round trip, on promised capabilities",
}


def text(run: Run) -> str:
    """The whole report."""
    lines = ["", *_versions(run), ""]
    lines += _table(run.results)
    lines.append("")
    notes = (*_told(run), *_NOTES.strip().split("\n\n"), *_others(run))
    lines += [fill(f"* {note}", 100, subsequent_indent="  ") for note in notes]
    return "\n".join(lines)


def as_json(run: Run) -> dict[str, Any]:
    """All figures, and what they were measured on."""
    return {
        "machine": machine.description(),
        "rounds": run.rounds,
        "versions": {pair.name: versions for pair, versions in run.versions.items()},
        "figures": [_figure(result) for result in run.results],
    }


def table(found: dict[str, Any]) -> Iterable[str]:
    """The figures for the page of the docs, of what `as_json` gives."""
    yield "| | ours | reference | ratio | middle half | must | aim | |"
    yield "|---|---:|---:|---:|---:|---:|---:|---|"
    for row in found["figures"]:
        ours, other = _number(row["ours"]), _number(row["reference"])
        low, high = row["spread"]
        sign = "≤" if row["must"] > row["aim"] else "≥"
        yield (
            f"| {row['name']}, {row['unit']} | {ours} | {other} | {row['ratio']:.2f}x |"
            f" {low:.2f} – {high:.2f} | {sign} {row['must']}x | {sign} {row['aim']}x |"
            f" {'holds' if row['holds'] else 'not yet'} |"
        )
    yield ""
    yield f"{found['machine']}; {found['rounds']} rounds."
    yield ""
    yield from _orientation([row for row in found["figures"] if row["beside"]])


def _orientation(rows: list[dict[str, Any]]) -> Iterable[str]:
    """Everybody who did the same, a column for each figure."""
    yield "".join(["| for orientation |", *(f" {row['name']}, {row['unit']} |" for row in rows)])
    yield "|---|" + "---:|" * len(rows)
    columns = [
        {"ours": row["ours"], "npm capnweb": row["reference"]} | row["beside"] for row in rows
    ]
    for name in columns[0]:
        yield "".join([f"| {name} |", *(f" {_number(column[name])} |" for column in columns)])


def _figure(result: Result) -> dict[str, Any]:
    figure = result.figure
    ratio = result.ratio(figure.reference)
    return {
        "name": figure.name,
        "unit": figure.unit,
        "ours": _rounded(result.value(figure.ours).median),
        "reference": _rounded(result.value(figure.reference).median),
        "ratio": round(ratio.median, 3),
        "must": figure.must,
        "aim": figure.aim,
        "holds": result.holds,
        "spread": [round(ratio.low, 3), round(ratio.high, 3)],
        "beside": {pair.name: _rounded(result.value(pair).median) for pair in figure.beside},
    }


def _rounded(value: float) -> float:
    return round(value, 1 if value < 100 else 0)


def _versions(run: Run) -> Iterable[str]:
    width = max(len(pair.name) for pair in run.versions)
    for pair, versions in run.versions.items():
        yield f"{pair.name:<{width}}  " + " · ".join(f"{name} {v}" for name, v in versions.items())
    yield f"{'machine':<{width}}  {machine.description()}"


def _table(results: list[Result]) -> list[str]:
    rows = [["", "", "ours", "", "reference", "", "ratio", "", "must", "aim", ""]]
    rows += [
        [
            *_row(result, [result.figure.name, result.figure.unit], result.figure.reference),
            *_bar(result),
        ]
        for result in results
    ]
    rows.append(["for orientation", "beside", "ours", "", "it", "", "ratio", "", "", "", ""])
    rows += [
        [*_row(result, [result.figure.name, pair.name], pair), "", "", ""]
        for result in results
        for pair in result.figure.beside
    ]
    return _aligned(rows)


def _bar(result: Result) -> list[str]:
    sign = "≤" if result.figure.less_is_better else "≥"
    bounds = [f"{sign} {bound:.2f}x" for bound in (result.figure.must, result.figure.aim)]
    return [*bounds, "holds" if result.holds else "NOT YET"]


def _row(result: Result, names: list[str], other: Pair) -> list[str]:
    ours, theirs = result.value(result.figure.ours), result.value(other)
    ratio = result.ratio(other)
    return [
        *names,
        *(_number(ours.median), f"({_number(ours.low)} – {_number(ours.high)})"),
        *(_number(theirs.median), f"({_number(theirs.low)} – {_number(theirs.high)})"),
        *(f"{ratio.median:.2f}x", f"({ratio.low:.2f} – {ratio.high:.2f})"),
    ]


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _aligned(rows: list[list[str]]) -> list[str]:
    """Columns: names to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:<{width}}"
            if column < 2 or column == _LAST or cell.startswith("(")
            else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _is_text(column: int, cell: str) -> bool:
    return column < 2 or column == _LAST or cell.startswith("(")


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


def _others(run: Run) -> Iterable[str]:
    names = {pair.name for pair in run.versions}
    return [f"{name}: {does}." for name, does in _OTHERS.items() if name in names]


def _steal(laps: list[Lap]) -> str:
    return f"{mean(lap.steal for lap in laps):.1%}"


def _width(ratio: Spread) -> float:
    return (ratio.high - ratio.low) / ratio.median
