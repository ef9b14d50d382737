"""Serves a Greeter: python server.py [port]."""

import asyncio
import sys

import capnweb_runtime as rpc
from api_rpc import GreeterTarget


class GreeterServer(GreeterTarget):
    def greet(self, name: str) -> str:
        return f"Hello, {name}!"


async def main(port: int) -> None:
    async with rpc.serve(GreeterServer, "localhost", port) as server:
        print(f"listening on ws://localhost:{server.port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
