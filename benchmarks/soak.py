"""python -m benchmarks.soak [CALLS]: whether memory grows while calls go on, 10 million of them.

Both ends in one process: calls, properties, errors, callbacks by reference, pipelined calls, maps
and streams, in turns. After each tenth part the memory of the process is told; after the first
one, in which all that is made once has been made, it must not grow.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, Final

import capnweb_runtime as rpc
from benchmarks.pages import DOCS, store
from benchmarks.programs.capnweb_python import memory

__all__ = ["table"]

#: Calls in one turn, of which a few are of each other kind.
_TURN: Final = 1000


class Api(rpc.Target):
    @property
    def name(self) -> str:
        return "soak"

    def add(self, a: int, b: int) -> int:
        return a + b

    async def later(self, value: object) -> object:
        return value

    def fail(self) -> None:
        raise ValueError("as asked")

    def numbers(self, count: int) -> list[int]:
        return list(range(count))

    def child(self) -> "Api":
        return Api()

    async def tell(self, callback: rpc.DynamicStub) -> object:
        return await callback(7)

    async def count(self, size: int) -> AsyncIterator[int]:
        for i in range(size):
            yield i


async def _turn(api: rpc.DynamicStub) -> int:
    """Some of everything; tells how many calls they were."""
    plain = _TURN - 130
    await rpc.gather(*[api.add(i, 1) for i in range(plain)])
    await rpc.gather(*[api.later({"i": i, "list": [i]}) for i in range(40)])
    for _ in range(5):
        await api.name
        await api.tell(lambda number: number + 1)
        with suppress(ValueError):
            await api.fail()
        child = api.child()
        await child.add(1, 2)
        child.dispose()
    numbers = api.numbers(10)
    await numbers.map(lambda number: api.add(number, 1))
    numbers.dispose()
    async for _ in await api.count(10):
        pass
    given_up = asyncio.ensure_future(api.later(1))
    given_up.cancel()
    await asyncio.wait([given_up])
    return _TURN


async def soak(calls: int) -> list[dict[str, Any]]:
    """Memory after each tenth part."""
    rows: list[dict[str, Any]] = []
    near, far = rpc.memory_pair()
    rpc.accept(far, Api())
    connection = rpc.connect(near)
    async with connection as api:
        done, start = 0, time.process_time()
        for part in range(1, 11):
            while done < calls * part // 10:
                done += await _turn(api)
            await asyncio.sleep(0)
            gc.collect()
            rows.append(
                {
                    "calls": done,
                    "kib": memory() // 1024,
                    "objects": len(gc.get_objects()),
                    "tables": list(connection.session.stats()),
                    "seconds": round(time.process_time() - start, 1),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> Iterable[str]:
    """The figures for the page."""
    yield "| calls | KiB in memory | Python objects | entries of the tables |"
    yield "|---:|---:|---:|---:|"
    for row in rows:
        entries = " + ".join(map(str, row["tables"]))
        yield f"| {row['calls']:,} | {row['kib']:,} | {row['objects']:,} | {entries} |"


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    rows = asyncio.run(soak(calls))
    if calls >= 10_000_000:
        store("soak", rows, DOCS / "performance.md", "the soak", table(rows))


if __name__ == "__main__":
    main()
