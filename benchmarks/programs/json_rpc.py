"""JSON-RPC 2.0 as one would write it by hand on `websockets`: for orientation, not for a race.

It has calls and nothing else: no pipelining, no capabilities, no errors, no releases. What it costs
is what this socket library and this event loop cost.

python -m benchmarks.programs.json_rpc json|orjson serve
python -m benchmarks.programs.json_rpc json|orjson connect URL
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets

from benchmarks.programs.adding import workloads
from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions

Loads = Callable[[str | bytes], Any]
Dumps = Callable[[object], str]

LIBRARIES: dict[str, tuple[Loads, Dumps]] = {
    "json": (json.loads, json.dumps),
    "orjson": (orjson.loads, lambda value: orjson.dumps(value).decode()),
}


class Server:
    def __init__(self, loads: Loads, dumps: Dumps) -> None:
        self.loads = loads
        self.dumps = dumps
        self.methods = {"add": self.add}

    def add(self, a: int, b: int) -> int:
        return a + b

    async def handle(self, websocket: ServerConnection) -> None:
        async for text in websocket:
            request = self.loads(text)
            result = self.methods[request["method"]](*request["params"])
            reply = {"jsonrpc": "2.0", "id": request["id"], "result": result}
            await websocket.send(self.dumps(reply))


class Client:
    def __init__(self, websocket: ClientConnection, loads: Loads, dumps: Dumps) -> None:
        self.websocket = websocket
        self.loads = loads
        self.dumps = dumps
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self.last_id = 0

    async def call(self, method: str, *params: object) -> Any:
        self.last_id += 1
        future = self.waiting[self.last_id] = asyncio.get_running_loop().create_future()
        request = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        await self.websocket.send(self.dumps(request))
        return await future

    async def read(self) -> None:
        async for text in self.websocket:
            reply = self.loads(text)
            self.waiting.pop(reply["id"]).set_result(reply["result"])


async def serve(library: str) -> None:
    handle = Server(*LIBRARIES[library]).handle
    async with serve_websockets(handle, "127.0.0.1", 0, compression=None) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        await serve_for_driver(port, versions("websockets"))


async def connect(library: str, url: str) -> None:
    async with open_websocket(url, compression=None) as websocket:
        client = Client(websocket, *LIBRARIES[library])
        reading = asyncio.create_task(client.read())
        await measure_for_driver(
            workloads(lambda a, b: client.call("add", a, b)),
            versions("websockets"),
            at_rest=lambda: check(client.waiting, {}),
        )
        await websocket.close()
        await reading


if __name__ == "__main__":
    used, mode, *where = sys.argv[1:]
    asyncio.run(serve(used) if mode == "serve" else connect(used, *where))
