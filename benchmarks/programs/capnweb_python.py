"""The runtime on both ends, as a user without generated code has it: the defaults of everything.

python -m benchmarks.programs.capnweb_python serve
python -m benchmarks.programs.capnweb_python connect URL
"""

import asyncio
import sys

import capnweb_runtime as rpc
from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions

RUNNING = versions("capnweb-runtime", "websockets", "orjson")


class Api(rpc.Target):
    def add(self, a: int, b: int) -> int:
        return a + b


class Workloads:
    def __init__(self, api: rpc.DynamicStub) -> None:
        self.api = api

    async def sequential(self, size: int) -> None:
        for i in range(size):
            check(await self.api.add(i, 1), i + 1)

    async def in_flight(self, size: int) -> None:
        sums = await asyncio.gather(*(self.api.add(i, 1) for i in range(size)))
        for i in range(size):
            check(sums[i], i + 1)

    async def chain(self, size: int) -> None:
        for i in range(size):
            first = self.api.add(i, 1)
            second = self.api.add(first, 1)
            check(await self.api.add(second, 1), i + 3)
            first.dispose()
            second.dispose()


async def serve() -> None:
    async with rpc.serve(Api, "127.0.0.1", 0) as server:
        await serve_for_driver(server.port, RUNNING)


async def connect(url: str) -> None:
    connection = rpc.connect(url)
    async with connection as api:
        workloads = Workloads(api)
        await measure_for_driver(
            {
                "sequential": workloads.sequential,
                "in_flight": workloads.in_flight,
                "chain": workloads.chain,
            },
            RUNNING,
            at_rest=lambda: check(connection.session.stats(), (1, 1)),
        )


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1] == "serve" else connect(sys.argv[2]))
