"""Cap'n Web by py-capnweb, another implementation for Python, over WebSocket.

It pipelines what is read of a promised result, but takes no promise as an argument: a chain takes
three round trips. It releases nothing, so that its tables grow with each call.

python -m benchmarks.programs.over_py_capnweb serve
python -m benchmarks.programs.over_py_capnweb connect URL
"""

import asyncio
import sys
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from capnweb.client import Client, ClientConfig
from capnweb.server import Server, ServerConfig
from capnweb.types import RpcTarget

from benchmarks.programs.adding import workloads
from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions


class Api(RpcTarget):  # type: ignore[misc]
    async def call(self, method: str, args: list[Any]) -> int:
        check(method, "add")
        a, b = args
        return int(a + b)

    async def get_property(self, property: str) -> object:  # noqa: A002
        raise NotImplementedError(property)


async def serve() -> None:
    server = Server(ServerConfig(host="127.0.0.1", port=0))
    server.register_capability(0, Api())
    with redirect_stdout(StringIO()):  # it prints where it listens
        await server.start()
    await serve_for_driver(server.port, versions("py-capnweb", "aiohttp"))
    await server.stop()


async def connect(url: str) -> None:
    async with Client(ClientConfig(url=f"{url}/rpc/ws")) as client:

        async def add(a: int, b: int) -> int:
            return int(await client.call(0, "add", [a, b]))

        await measure_for_driver(
            workloads(add),
            versions("py-capnweb", "aiohttp"),
            at_rest=lambda: check(client._ws_pending_client_calls, {}),
        )


if __name__ == "__main__":
    mode, *where = sys.argv[1:]
    asyncio.run(serve() if mode == "serve" else connect(*where))
