"""python -m benchmarks.growth [--quick]: how cost grows with what there is of something.

Both ends in one process, so that nothing but the runtime is measured. A row is the least of some
repetitions, in processor time; what matters is the last column, the cost of one compared with the
cheapest row above: it should stay near 1, or fall.
"""

import argparse
import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

import capnweb_runtime as rpc
from benchmarks.pages import DOCS, store
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
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Prepare


class Bench:
    """Joined ends, which are closed when a row is done."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def open(self) -> rpc.DynamicStub:
        """One more session, with an `Api` at its other end."""
        near, far = rpc.memory_pair()
        rpc.accept(far, Holder(), limits=_LIMITS)
        return await self._stack.enter_async_context(rpc.connect(near, limits=_LIMITS))


class Holder(Api):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[object] = []

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


SERIES: Final = (
    Series("calls in flight", "call", (1, 10, 100, 1_000, 10_000), in_flight),
    Series("sessions", "call", (1, 10, 100, 1_000, 2_000), sessions),
    Series("KiB of bytes, there and back", "KiB", (1, 64, 1024, 16 * 1024, 64 * 1024), payload),
    Series("elements of a map", "element", (10, 100, 1_000, 10_000, 100_000), mapped),
    Series("objects that the peer holds", "call", (1, 1_000, 100_000, 1_000_000), held),
)


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


def _measured(*, quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for series in SERIES:
        rows = []
        for size in series.sizes[:-1] if quick else series.sizes:
            rows.append({"size": size, "microseconds": round(asyncio.run(_row(series, size)), 3)})
            print(f"{series.name}: {size:,} ...", flush=True)
        found[series.name] = {"unit": series.unit, "rows": rows}
    return found


def table(found: dict[str, Any]) -> Iterable[str]:
    """The figures for the docs."""
    for name, series in found.items():
        least = float("inf")
        yield f"| {name} | µs for one {series['unit']} | to the cheapest above |"
        yield "|---:|---:|---:|"
        for row in series["rows"]:
            cost = row["microseconds"]
            beside = f"{cost / least:.2f}" if least < float("inf") else ""
            least = min(least, cost)
            yield f"| {row['size']:,} | {cost:,.2f} | {beside} |"
        yield ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--quick", action="store_true", help="smaller, and nothing is written")
    quick: bool = parser.parse_args().quick
    found = _measured(quick=quick)
    print("\n".join(table(found)))
    if not quick:
        store("growth", found, DOCS / "performance.md", "growth", table(found))


if __name__ == "__main__":
    main()
