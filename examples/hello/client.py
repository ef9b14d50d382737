"""Greets itself: python client.py [url]."""

import asyncio
import sys

import capnweb_runtime as rpc
from api_rpc import GreeterStub


async def main(url: str) -> None:
    async with rpc.connect(GreeterStub, url) as greeter:
        print(await greeter.greet("world"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:8080"))
