"""What is measured, and who is compared with whom.

A *pair* is a server and a client that talk to each other. A *figure* is one row of the report: a
workload, done by our pair and by the reference's, and the bar that we have set ourselves. The
programs know workloads by name; what each of them does is the same everywhere, line for line where
the languages allow it:

sequential  `size` times `add(i, 1)`, each awaited before the next is made
in_flight   `size` times `add(i, 1)`, all made at once, then all awaited at once
chain       `size` times `add(add(add(i, 1), 1), 1)`, the inner promises passed on unawaited, then
            disposed of, only the outermost awaited; three round trips where nothing is pipelined
map         `size` times: a list of 1,000 numbers, `add(number, 1)` of each of them by `map`
tree        `size` times: 119 KB of nested lists and dicts with dates, there and back
bytes       `size` times: 1 MiB of bytes, there and back
stream      `size` MiB of bytes in chunks of 64 KiB, as a stream that is an argument
idle        `size` sessions are opened, used once, and left open: how much memory the server needs

Every result is checked, and a session has to be as it was before: nothing left in its tables.
Ours and the reference exchange the same messages: as many of each kind, for each operation.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

__all__ = [
    "FIGURES",
    "OTHERS",
    "OURS",
    "REFERENCE",
    "Figure",
    "Pair",
    "Program",
    "Workload",
    "pairs_of",
    "python_program",
    "with_others",
]

_PROGRAMS: Final = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True)
class Program:
    """Something to be run as `... serve`, as `... connect URL` or as `... alone`."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A server and the client that measures it; without a server the client is both."""

    name: str
    server: Program | None
    client: Program


@dataclass(frozen=True)
class Workload:
    """What a client does over and over while the clock runs.

    Attributes:
        name: what the programs know it by.
        size: operations in one go; the clock is read after each go.
    """

    name: str
    size: int

    @property
    def is_memory(self) -> bool:
        """Whether it is not about time, but about what the server holds."""
        return self.name == "idle"


@dataclass(frozen=True)
class Figure:
    """A row of the report.

    Attributes:
        must: the ratio to the reference that has to be held.
        aim: the ratio that we work towards.
        less_is_better: it is told as the time of an operation, or as memory.
        beside: further pairs, for orientation.
    """

    name: str
    unit: str
    workload: Workload
    ours: Pair
    reference: Pair
    must: float
    aim: float
    less_is_better: bool = False
    beside: tuple[Pair, ...] = ()

    @property
    def compared(self) -> tuple[Pair, ...]:
        return (self.ours, self.reference)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return (*self.compared, *self.beside)

    def value(self, rate: float) -> float:
        """What is told, of operations a second (or things in a KiB): those, or what one takes."""
        if not self.less_is_better:
            return rate
        return 1 / rate if self.workload.is_memory else 1000 / rate

    def ratio(self, ours: float, other: float) -> float:
        """Our value to another one, of both rates."""
        return other / ours if self.less_is_better else ours / other

    def holds(self, ratio: float) -> bool:
        """Whether it is as good as it must be."""
        return ratio <= self.must if self.less_is_better else ratio >= self.must


def pairs_of(figures: tuple[Figure, ...]) -> list[Pair]:
    """The pairs that take part, each once, ours and the reference next to each other."""
    return list(dict.fromkeys(pair for figure in figures for pair in figure.pairs))


def with_others(figures: Iterable[Figure], others: tuple[Pair, ...]) -> tuple[Figure, ...]:
    """The figures, with further pairs beside those that have any beside them."""
    return tuple(
        replace(each, beside=(*each.beside, *others)) if each.beside else each for each in figures
    )


def python_program(module: str, *arguments: str, python: str = sys.executable) -> Program:
    """One of the programs, run by that Python."""
    return Program((python, "-m", f"benchmarks.programs.{module}", *arguments))


_FAST: Final = python_program("capnweb_python", "fast")
_DEFAULT: Final = python_program("capnweb_python", "default")
_TYPED: Final = python_program("capnweb_typed")
_NODE: Final = Program(("node", "--expose-gc", str(_PROGRAMS / "capnweb_node.mjs")))
_JSON_RPC: Final = python_program("json_rpc", "json")
_ORJSON_RPC: Final = python_program("json_rpc", "orjson")

OURS: Final = Pair("ours", _FAST, _FAST)
REFERENCE: Final = Pair("npm capnweb", _NODE, _NODE)
_OURS_BY_DEFAULT: Final = Pair("ours, no extra", _DEFAULT, _DEFAULT)
_BY_HAND: Final = Pair("JSON-RPC, json", _JSON_RPC, _JSON_RPC)
_BESIDE: Final = (
    _OURS_BY_DEFAULT,
    _BY_HAND,
    Pair("JSON-RPC, orjson", _ORJSON_RPC, _ORJSON_RPC),
)

#: The programs of other libraries, for orientation. They run in an environment of their own.
OTHERS: Final = {
    "py-capnweb": "over_py_capnweb",
    "gRPC": "over_grpc",
    "RPyC": "over_rpyc",
    "Cap'n Proto": "over_pycapnp",
}

#: The bar. What it holds was set before it was measured.
FIGURES: Final = (
    Figure(
        "sequential calls",
        "calls/s",
        Workload("sequential", 20),
        OURS,
        REFERENCE,
        must=1.0,
        aim=1.3,
        beside=_BESIDE,
    ),
    Figure(
        "1,000 in flight",
        "calls/s",
        Workload("in_flight", 1000),
        OURS,
        REFERENCE,
        must=2.0,
        aim=4.0,
        beside=_BESIDE,
    ),
    Figure(
        "chain of 3",
        "chains/s",
        Workload("chain", 10),
        OURS,
        REFERENCE,
        must=1.0,
        aim=1.5,
        beside=_BESIDE,
    ),
    Figure(
        "map of 1,000",
        "ms",
        Workload("map", 1),
        OURS,
        REFERENCE,
        must=0.6,
        aim=0.25,
        less_is_better=True,
    ),
    Figure("119 KB tree echo", "calls/s", Workload("tree", 5), OURS, REFERENCE, must=1.0, aim=2.0),
    Figure("1 MiB bytes echo", "MiB/s", Workload("bytes", 1), OURS, REFERENCE, must=3.0, aim=6.0),
    Figure("64 MiB stream", "MiB/s", Workload("stream", 64), OURS, REFERENCE, must=1.5, aim=4.0),
    Figure(
        "memory of an idle session",
        "KiB",
        Workload("idle", 200),
        Pair("ours, idle", _FAST, _FAST),
        Pair("npm capnweb, idle", _NODE, _NODE),
        must=1.0,
        aim=0.4,
        less_is_better=True,
    ),
    Figure(
        "in process, 1,000 in flight",
        "calls/s",
        Workload("in_flight", 1000),
        Pair("ours, in process", None, _FAST),
        Pair("npm capnweb, in process", None, _NODE),
        must=1.2,
        aim=2.5,
    ),
    Figure(
        "client on Node, 1,000 in flight",
        "calls/s",
        Workload("in_flight", 1000),
        Pair("our server, their client", _FAST, _NODE),
        Pair("npm capnweb, this only", _NODE, _NODE),
        must=0.9,
        aim=1.3,
    ),
    Figure(
        "no extra, to JSON-RPC by hand",
        "calls/s",
        Workload("in_flight", 1000),
        _OURS_BY_DEFAULT,
        _BY_HAND,
        must=0.8,
        aim=1.2,
    ),
    Figure(
        "typed, to untyped",
        "calls/s",
        Workload("in_flight", 1000),
        Pair("ours, typed", _TYPED, _TYPED),
        OURS,
        must=0.8,
        aim=1.0,
    ),
)
