"""RPyC, which has threads and no event loop: calls by its own binary encoding over TCP.

What is called is looked up once, since each look-up would be a round trip. Calls in flight are made
by `rpyc.async_`. A chain takes three round trips: a result that is a number comes back as one.

python -m benchmarks.programs.over_rpyc serve
python -m benchmarks.programs.over_rpyc connect URL
"""

import asyncio
import sys
from threading import Thread
from urllib.parse import urlsplit

import rpyc
from rpyc.utils.server import ThreadedServer

from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions


class Api(rpyc.Service):  # type: ignore[misc]
    def exposed_add(self, a: int, b: int) -> int:
        return a + b


class Workloads:
    """They block the event loop, on which nothing else happens while the clock runs."""

    def __init__(self, connection: rpyc.Connection) -> None:
        self.add = connection.root.add
        self.add_later = rpyc.async_(self.add)

    async def sequential(self, size: int) -> None:
        for i in range(size):
            check(self.add(i, 1), i + 1)

    async def in_flight(self, size: int) -> None:
        sums = [self.add_later(i, 1) for i in range(size)]
        for i in range(size):
            check(sums[i].value, i + 1)

    async def chain(self, size: int) -> None:
        for i in range(size):
            check(self.add(self.add(self.add(i, 1), 1), 1), i + 3)


async def serve() -> None:
    server = ThreadedServer(Api, hostname="127.0.0.1", port=0)
    serving = Thread(target=server.start)
    serving.start()
    await serve_for_driver(server.port, versions("rpyc"))
    server.close()
    serving.join()


async def connect(url: str) -> None:
    address = urlsplit(url)
    with rpyc.connect(address.hostname, address.port) as connection:
        workloads = Workloads(connection)
        names = ("sequential", "in_flight", "chain")
        await measure_for_driver(
            {name: getattr(workloads, name) for name in names},
            versions("rpyc"),
            at_rest=lambda: check(connection._request_callbacks, {}),
        )


if __name__ == "__main__":
    mode, *where = sys.argv[1:]
    asyncio.run(serve() if mode == "serve" else connect(*where))
