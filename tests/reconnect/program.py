"""A server to be killed: ``python -m tests.reconnect.program PORT JOURNAL``.

It writes each call down in a file before it carries it out, which survives it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import capnweb_runtime as rpc


class Authed(rpc.Target):
    """What is served to those who have logged in."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def _note(self, line: str) -> None:
        with self._journal.open("a") as file:
            file.write(line + "\n")

    def add(self, token: str) -> str:
        """Must be carried out at most once."""
        self._note(f"add {token}")
        return token

    def read(self, token: str) -> str:
        """May be carried out more than once."""
        self._note(f"read {token}")
        return token

    async def hang(self, what: str) -> None:
        self._note(f"hang {what}")
        await asyncio.get_running_loop().create_future()

    async def download(self) -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)

    async def upload(self, source: AsyncIterator[bytes]) -> None:
        self._note("upload")
        async for _ in source:
            await asyncio.sleep(0)

    async def watch(self, callback: Any) -> None:
        self._note("watch")
        while True:
            await callback()


class Api(rpc.Target):
    """The main object."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def log_in(self, token: str) -> Authed:
        if token != "secret":
            raise PermissionError(token)
        return Authed(self._journal)


async def main(port: str, journal: str) -> None:
    async with rpc.serve(lambda: Api(Path(journal)), "127.0.0.1", int(port)) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
