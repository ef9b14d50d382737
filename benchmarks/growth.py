"""python -m benchmarks.growth [--quick] [--only WORD]: how cost grows with what there is.

Both ends in one process, so that nothing but the runtime is measured. A row is the least of some
repetitions, in processor time, or the bytes that Python has allocated; what matters is the last
column, the cost of one compared with the cheapest row above: it should stay near 1, or fall.
"""

import argparse
import asyncio
import gc
import json
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from typing_extensions import override

import capnweb_runtime as rpc
from benchmarks.pages import DOCS, load, store
from benchmarks.programs.capnweb_python import Api

__all__ = ["table"]

#: Past the default limits, which these sizes exceed by intention.
_LIMITS: Final = replace(
    rpc.Limits(),
    message_size=256 * 1024 * 1024,
    exports=2_000_000,
    imports=2_000_000,
    map_operations=2_000_000,
    unsent=1024 * 1024 * 1024,
)

#: Prepares for a size; gives what is measured, and how many units it is.
Prepare = Callable[["Bench", int], Awaitable[tuple[Callable[[], Awaitable[object]], int]]]


@dataclass(frozen=True)
class Series:
    """What grows.

    Attributes:
        unit: what a row's cost is divided by.
        of: what a row tells: `µs` that it takes, or `bytes` that are kept.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Prepare
    of: Literal["µs", "bytes"] = "µs"


class Bench:
    """Joined ends, which are closed when a row is done."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def open(self) -> rpc.DynamicStub:
        """One more session, with an `Api` at its other end."""
        near, far = rpc.memory_pair()
        rpc.accept(far, Holder(), limits=_LIMITS)
        return await self._stack.enter_async_context(rpc.connect(near, limits=_LIMITS))

    async def open_to_nobody(self) -> tuple[rpc.Transport, rpc.Session]:
        """A session of a `Holder`, and an end without one that ignores what comes."""
        near, far = rpc.memory_pair()
        session = rpc.accept(near, Holder(), limits=_LIMITS)
        far.start(Nobody())
        self._stack.push_async_callback(session.aclose)
        return far, session


class Nobody(rpc.Receiver):
    """Does not listen."""

    @override
    def received(self, message: object) -> None:
        pass

    @override
    def lost(self, reason: str, close: object = None) -> None:
        pass


class Holder(Api):
    """Keeps what it is given, and gives what is kept."""

    def __init__(self) -> None:
        self.kept: list[object] = []
        self.given = rpc.Target()

    def give(self) -> rpc.Target:
        return self.given

    def keep(self, thing: rpc.DynamicStub) -> None:
        self.kept.append(thing)


async def in_flight(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    api = await bench.open()
    return lambda: rpc.gather(*[api.add(i, 1) for i in range(size)]), size


async def sessions(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    stubs = [await bench.open() for _ in range(size)]
    return lambda: rpc.gather(*[stub.add(1, 1) for stub in stubs]), size


async def payload(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    api, data = await bench.open(), b"\7" * (size * 1024)

    async def echo() -> None:
        await api.echo(data)

    return echo, size


async def mapped(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    api = await bench.open()

    async def run() -> None:
        numbers = api.numbers(size)
        await numbers.map(lambda number: api.add(number, 1))
        numbers.dispose()

    return run, size


async def held(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    api = await bench.open()

    def callback() -> None:
        """Is exported anew each time that it is passed."""

    for start in range(0, size, 10_000):
        await rpc.gather(*[api.keep(callback) for _ in range(start, min(size, start + 10_000))])
    return lambda: rpc.gather(*[api.add(i, 1) for i in range(1000)]), 1000


async def exported(bench: Bench, size: int) -> tuple[Callable[[], Awaitable[object]], int]:
    far, session = await bench.open_to_nobody()

    async def give() -> None:
        for number in range(1, size + 1):
            push = ["push", ["pipeline", 0, ["give"], []]]
            far.send([*map(json.dumps, (push, ["pull", number], ["release", number, 1]))])
            if number % 1000 == 0:
                await asyncio.sleep(0)
        while session.stats() != (1, 1 + size):  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0)

    return give, size


SERIES: Final = (
    Series("calls in flight", "call", (1, 10, 100, 1_000, 10_000), in_flight),
    Series("sessions", "call", (1, 10, 100, 1_000, 2_000), sessions),
    Series("KiB of bytes, there and back", "KiB", (1, 64, 1024, 16 * 1024, 64 * 1024), payload),
    Series("elements of a map", "element", (10, 100, 1_000, 10_000, 100_000), mapped),
    Series("objects that the peer holds", "call", (1, 1_000, 100_000, 1_000_000), held),
    Series("exports", "export", (10_000, 100_000, 1_000_000), exported, of="bytes"),
)


async def _kept(series: Series, size: int) -> float:
    """Bytes of a unit."""
    async with AsyncExitStack() as stack:
        work, units = await series.prepare(Bench(stack), size)
        gc.collect()
        tracemalloc.start()
        try:
            await work()
            gc.collect()
            return tracemalloc.get_traced_memory()[0] / units
        finally:
            tracemalloc.stop()


async def _row(series: Series, size: int) -> float:
    """Microseconds of a unit."""
    async with AsyncExitStack() as stack:
        work, units = await series.prepare(Bench(stack), size)
        gc.collect()
        gc.freeze()  # what was made to be measured with is not looked through at each collection
        least = float("inf")
        until = time.perf_counter() + 0.5
        repetitions = 0
        while repetitions < 3 or (time.perf_counter() < until and repetitions < 1000):
            start = time.process_time()
            await work()
            least = min(least, time.process_time() - start)
            repetitions += 1
        gc.unfreeze()
        return least / units * 1e6


def _measured(only: str, *, quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for series in SERIES:
        if only not in series.name:
            continue
        rows = []
        measure = _row if series.of == "µs" else _kept
        for size in series.sizes[:-1] if quick else series.sizes:
            rows.append({"size": size, "cost": round(asyncio.run(measure(series, size)), 3)})
            print(f"{series.name}: {size:,} ...", flush=True)
        found[series.name] = {"unit": series.unit, "of": series.of, "rows": rows}
    return found


def table(found: dict[str, Any]) -> Iterable[str]:
    """The figures for the docs."""
    for name, series in found.items():
        least = float("inf")
        yield f"| {name} | {series['of']} for one {series['unit']} | to the cheapest above |"
        yield "|---:|---:|---:|"
        for row in series["rows"]:
            cost = row["cost"]
            beside = f"{cost / least:.2f}" if least < float("inf") else ""
            least = min(least, cost)
            yield f"| {row['size']:,} | {cost:,.2f} | {beside} |"
        yield ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--quick", action="store_true", help="smaller, and nothing is written")
    parser.add_argument("--only", metavar="WORD", default="", help="series with it in their names")
    given = parser.parse_args()
    found = _measured(given.only, quick=given.quick)
    print("\n".join(table(found)))
    if not given.quick:
        before = load("growth") if given.only else {}
        found = {each.name: (before | found)[each.name] for each in SERIES}
        store("growth", found, DOCS / "performance.md", "growth", table(found))


if __name__ == "__main__":
    main()
