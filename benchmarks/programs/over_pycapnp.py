"""Cap'n Proto by pycapnp: the C++ library, with promise pipelining, over TCP.

Its chain is one round trip, of calls on promised capabilities: adding.capnp says why.

python -m benchmarks.programs.over_pycapnp serve
python -m benchmarks.programs.over_pycapnp connect URL
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import capnp

from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions

SCHEMA: Final = capnp.load(str(Path(__file__).with_name("adding.capnp")))


class Number(SCHEMA.Number.Server):  # type: ignore[misc, name-defined]
    def __init__(self, value: int) -> None:
        self.value = value

    async def add(self, b: int, **_: object) -> int:
        return self.value + b

    async def plus(self, b: int, **_: object) -> "Number":
        return Number(self.value + b)


class Api(SCHEMA.Api.Server):  # type: ignore[misc, name-defined]
    async def add(self, a: int, b: int, **_: object) -> int:
        return a + b

    async def plus(self, a: int, b: int, **_: object) -> Number:
        return Number(a + b)


class Workloads:
    def __init__(self, api: Any) -> None:
        self.api = api

    async def sequential(self, size: int) -> None:
        for i in range(size):
            check((await self.api.add(i, 1)).sum, i + 1)

    async def in_flight(self, size: int) -> None:
        calls = [self.api.add(i, 1) for i in range(size)]
        for i in range(size):
            check((await calls[i]).sum, i + 1)

    async def chain(self, size: int) -> None:
        for i in range(size):
            check((await self.api.plus(i, 1).sum.plus(1).sum.add(1)).sum, i + 3)


async def accept(stream: Any) -> None:
    await capnp.TwoPartyServer(stream, bootstrap=Api()).on_disconnect()


async def serve() -> None:
    server = await capnp.AsyncIoStream.create_server(accept, "127.0.0.1", 0)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        await serve_for_driver(port, versions("pycapnp"))


async def connect(url: str) -> None:
    address = urlsplit(url)
    stream = await capnp.AsyncIoStream.create_connection(address.hostname, address.port)
    workloads = Workloads(capnp.TwoPartyClient(stream).bootstrap().cast_as(SCHEMA.Api))
    names = ("sequential", "in_flight", "chain")
    await measure_for_driver(
        {name: getattr(workloads, name) for name in names},
        versions("pycapnp"),
        at_rest=lambda: None,
    )


if __name__ == "__main__":
    mode, *where = sys.argv[1:]
    asyncio.run(capnp.run(serve() if mode == "serve" else connect(*where)))
