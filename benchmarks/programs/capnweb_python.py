"""The runtime on both ends, without generated code.

python -m benchmarks.programs.capnweb_python default|fast serve
python -m benchmarks.programs.capnweb_python default|fast connect URL
python -m benchmarks.programs.capnweb_python default|fast alone

`default` is what is there after `pip install capnweb-runtime`, `fast` with its extra of that name.
"""

import asyncio
import gc
import resource
import sys
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvloop

import capnweb_runtime as rpc
from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions
from capnweb_runtime.compiled import is_compiled
from capnweb_runtime.transports.socket_library import SocketLibrary

MIB: Final = 1024 * 1024
CHUNK: Final = b"\7" * (64 * 1024)
BLOCK: Final = b"\7" * MIB


def tree(records: int) -> list[object]:
    """Nested lists and dicts with texts, numbers and dates: 119 KB of JSON as they travel."""
    return [
        {
            "id": i,
            "name": f"record number {i}, a name of some length",
            "created": datetime.fromtimestamp(1_700_000_000 + i, UTC),
            "tags": ["alpha", "beta", f"tag-{i}"],
            "size": {"width": i * 1.5, "height": i / 4, "unit": "mm"},
            "active": i % 2 == 0,
            "parent": None if i == 0 else i - 1,
            "note": "some text that is neither short nor long",
        }
        for i in range(records)
    ]


TREE: Final = tree(468)


class Api(rpc.Target):
    def add(self, a: int, b: int) -> int:
        return a + b

    def numbers(self, count: int) -> list[int]:
        return list(range(count))

    def echo(self, value: object) -> object:
        return value

    async def consume(self, stream: AsyncIterator[bytes]) -> int:
        return sum([len(chunk) async for chunk in stream])


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield CHUNK


class Workloads:
    def __init__(self, api: rpc.DynamicStub) -> None:
        self.api = api

    async def sequential(self, size: int) -> None:
        for i in range(size):
            check(await self.api.add(i, 1), i + 1)

    async def in_flight(self, size: int) -> None:
        sums = await rpc.gather(*[self.api.add(i, 1) for i in range(size)])
        for i in range(size):
            check(sums[i], i + 1)

    async def chain(self, size: int) -> None:
        for i in range(size):
            first = self.api.add(i, 1)
            second = self.api.add(first, 1)
            check(await self.api.add(second, 1), i + 3)
            first.dispose()
            second.dispose()

    async def map(self, size: int) -> None:
        for _ in range(size):
            numbers = self.api.numbers(1000)
            sums = await numbers.map(lambda number: self.api.add(number, 1))
            check((len(sums), sums[999]), (1000, 1000))
            numbers.dispose()

    async def tree(self, size: int) -> None:
        for _ in range(size):
            check((await self.api.echo(TREE))[467]["parent"], 466)

    async def bytes(self, size: int) -> None:
        for _ in range(size):
            check(len(await self.api.echo(BLOCK)), MIB)

    async def stream(self, size: int) -> None:
        check(await self.api.consume(chunks(16 * size)), size * MIB)


def memory() -> int:
    """Bytes of this process that are in memory, without what can be collected."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


async def serve(library: SocketLibrary, running: dict[str, str]) -> None:
    async with rpc.serve(Api, "127.0.0.1", 0, socket_library=library) as server:
        await serve_for_driver(server.port, running, memory)


async def connect(url: str, library: SocketLibrary, running: dict[str, str]) -> None:
    held: list[rpc.DynamicStub] = []

    async def idle(size: int) -> None:
        for i in range(size):
            held.append(await rpc.connect(url, socket_library=library))
            check(await held[-1].add(i, 1), i + 1)

    connection = rpc.connect(url, socket_library=library)
    async with connection as api:
        await measure(connection, api, running, idle=idle)


async def alone(running: dict[str, str]) -> None:
    near, far = rpc.memory_pair()
    rpc.accept(far, Api())
    connection = rpc.connect(near)
    async with connection as api:
        await measure(connection, api, running)


async def measure(
    connection: rpc.Connection[rpc.DynamicStub],
    api: rpc.DynamicStub,
    running: dict[str, str],
    **more: Any,
) -> None:
    workloads = Workloads(api)
    names = ("sequential", "in_flight", "chain", "map", "tree", "bytes", "stream")
    await measure_for_driver(
        {name: getattr(workloads, name) for name in names} | more,
        running,
        at_rest=lambda: check(connection.session.stats(), (1, 1)),
    )


def run(variant: str, work: Coroutine[Any, Any, None]) -> None:
    if variant == "fast":
        uvloop.run(work)
    else:
        asyncio.run(work)


def main() -> None:
    variant, mode, *where = sys.argv[1:]
    library: SocketLibrary = "picows" if variant == "fast" else "websockets"
    loops = ["uvloop"] if variant == "fast" else []
    running = versions("capnweb-runtime", "orjson", library, *loops)
    if is_compiled():
        running["capnweb-runtime"] += " (compiled)"
    if mode == "serve":
        run(variant, serve(library, running))
    elif mode == "alone":
        run(variant, alone(running))
    else:
        run(variant, connect(where[0], library, running))


if __name__ == "__main__":
    main()
