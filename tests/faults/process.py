"""A server process that a test starts, kills, and starts again on the same port.

async with ServerProcess.start() as server:
    ...connect to server.url...
    await server.kill()
    await server.restart()
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

from tests.faults.proxy import HOST

__all__ = ["ServerProcess"]

_ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """`program.py` in a process of its own.

    Attributes:
        port: where it listens, also after a restart.
    """

    def __init__(self) -> None:
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, port: int = 0) -> AsyncIterator[Self]:
        """One that listens; when the block is left it is dead."""
        server = cls()
        server.port = port
        await server.restart()
        try:
            yield server
        finally:
            await server.kill()

    @property
    def url(self) -> str:
        """Where to connect to."""
        return f"ws://{HOST}:{self.port}"

    async def restart(self) -> None:
        """Start it, on the port it had if it ran before, and wait until it listens."""
        await self.kill()
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.program", str(self.port)),
            stdin=pipe,
            stdout=pipe,
            cwd=_ROOT,
        )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the server did not start"
        self.port = int(line)

    async def kill(self) -> None:
        """SIGKILL it, and wait until it is dead. What was open is closed by the system."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            await process.stdout.read()
            await process.wait()
