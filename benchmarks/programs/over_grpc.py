"""gRPC by grpcio's asyncio API: HTTP/2, calls only.

Its handlers are generic, with `struct` for what they read and write: two integers of 8 bytes there,
one back. So nothing has to be generated. A chain takes three round trips.

python -m benchmarks.programs.over_grpc serve
python -m benchmarks.programs.over_grpc connect URL
"""

import asyncio
import struct
import sys
from typing import Final
from urllib.parse import urlsplit

import grpc
import grpc.aio

from benchmarks.programs.adding import workloads
from benchmarks.programs.worker import measure_for_driver, serve_for_driver, versions

ARGUMENTS: Final = struct.Struct("<qq")
RESULT: Final = struct.Struct("<q")


async def add(request: tuple[int, int], context: object) -> int:
    a, b = request
    return a + b


async def serve() -> None:
    handler = grpc.unary_unary_rpc_method_handler(
        add, request_deserializer=ARGUMENTS.unpack, response_serializer=RESULT.pack
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("Api", {"add": handler}),)
    )
    port: int = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    await serve_for_driver(port, versions("grpcio"))
    await server.stop(grace=None)


async def connect(url: str) -> None:
    async with grpc.aio.insecure_channel(urlsplit(url).netloc) as channel:
        method = channel.unary_unary(
            "/Api/add",
            request_serializer=lambda arguments: ARGUMENTS.pack(*arguments),
            response_deserializer=RESULT.unpack,
        )

        async def call(a: int, b: int) -> int:
            (result,) = await method((a, b))
            return int(result)

        await measure_for_driver(workloads(call), versions("grpcio"), at_rest=lambda: None)


if __name__ == "__main__":
    mode, *where = sys.argv[1:]
    asyncio.run(serve() if mode == "serve" else connect(*where))
