"""What is measured, and who is compared with whom.

A *pair* is a server and a client that talk to each other. A *figure* is one row of the report: a
workload, done by our pair and by the reference's. The programs know workloads by name; what each of
them does is the same everywhere, line for line where the languages allow it:

sequential  `size` times `add(i, 1)`, each awaited before the next is made
in_flight   `size` times `add(i, 1)`, all made at once, then all awaited at once
chain       `size` times `add(add(add(i, 1), 1), 1)`, the inner promises passed on unawaited, then
            disposed of, only the outermost awaited; three round trips where nothing is pipelined

Every result is checked, and a session has to be as it was before: nothing left in its tables.
Ours and the reference exchange the same messages: as many of each kind, for each operation.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "FIGURES",
    "OURS",
    "REFERENCE",
    "Figure",
    "Pair",
    "Program",
    "Workload",
    "pairs_of",
]

_PROGRAMS: Final = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True)
class Program:
    """Something to be run as `... serve` or as `... connect URL`."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A server and the client that measures it."""

    name: str
    server: Program
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


@dataclass(frozen=True)
class Figure:
    """A row of the report.

    Attributes:
        beside: further pairs, for orientation.
    """

    name: str
    unit: str
    workload: Workload
    ours: Pair
    reference: Pair
    beside: tuple[Pair, ...] = ()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        return (self.ours, self.reference, *self.beside)


def pairs_of(figures: tuple[Figure, ...]) -> list[Pair]:
    """The pairs that take part, each once, ours and the reference next to each other."""
    return list(dict.fromkeys(pair for figure in figures for pair in figure.pairs))


def _python(module: str, *arguments: str) -> Program:
    return Program((sys.executable, "-m", f"benchmarks.programs.{module}", *arguments))


_CAPNWEB_PYTHON: Final = _python("capnweb_python")
_CAPNWEB_NODE: Final = Program(("node", str(_PROGRAMS / "capnweb_node.mjs")))
_JSON_RPC: Final = _python("json_rpc", "json")
_ORJSON_RPC: Final = _python("json_rpc", "orjson")

OURS: Final = Pair("ours", _CAPNWEB_PYTHON, _CAPNWEB_PYTHON)
REFERENCE: Final = Pair("npm capnweb", _CAPNWEB_NODE, _CAPNWEB_NODE)
_BY_HAND: Final = (
    Pair("JSON-RPC, json", _JSON_RPC, _JSON_RPC),
    Pair("JSON-RPC, orjson", _ORJSON_RPC, _ORJSON_RPC),
)

FIGURES: Final = (
    Figure("sequential calls", "calls/s", Workload("sequential", 20), OURS, REFERENCE, _BY_HAND),
    Figure("1,000 in flight", "calls/s", Workload("in_flight", 1000), OURS, REFERENCE, _BY_HAND),
    Figure("chain of 3", "chains/s", Workload("chain", 10), OURS, REFERENCE, _BY_HAND),
)
