"""A server in a process of its own, which tests kill: `python -m tests.faults.program PORT`.

It says its port on a line of its own when it listens, and ends with its standard input.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import capnweb_runtime as rpc
from tests.faults.proxy import HOST


class Api(rpc.Target):
    """What it offers."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def pid(self) -> int:
        return os.getpid()

    def echo(self, value: object) -> object:
        return value

    async def wait(self) -> None:
        """Never answers."""
        await asyncio.Event().wait()

    def me(self) -> "Api":
        return Api()

    async def call(self, callback: Any, value: object) -> object:
        return await callback(value)

    def keep(self, callback: Any) -> int:
        self._kept.append(callback.dup())
        return len(self._kept)

    async def tell(self, value: object) -> list[object]:
        """Call all that was kept."""
        answers: list[object] = await asyncio.gather(*(callback(value) for callback in self._kept))
        return answers

    async def count(self) -> AsyncIterator[int]:
        """Without an end."""
        number = 0
        while True:
            yield number
            number += 1

    async def collect(self, numbers: AsyncIterator[int]) -> int:
        """Reads to the end."""
        return len([number async for number in numbers])


async def main(port: int) -> None:
    """Serve until the standard input ends."""
    async with rpc.serve(Api, HOST, port) as server:
        print(server.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
