"""ASGI servers in the event loop of a test, on a port of their own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import hypercorn.asyncio
import uvicorn

__all__ = ["SERVERS", "Running"]


class Running:
    """A server that runs.

    Attributes:
        port: where it listens.
    """

    def __init__(self, port: int, stop: Callable[[], None], task: "asyncio.Task[None]") -> None:
        self.port = port
        self._stop = stop
        self._task = task

    async def stop(self) -> None:
        """Have it shut down, and wait for that."""
        self._stop()
        await self._task


@contextlib.asynccontextmanager
async def under_uvicorn(app: Any) -> AsyncIterator[Running]:
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    with _listening() as listening:

        def stop() -> None:
            server.should_exit = True

        task = asyncio.ensure_future(server.serve(sockets=[listening]))
        running = Running(listening.getsockname()[1], stop, task)
        try:
            yield running
        finally:
            await running.stop()


@contextlib.asynccontextmanager
async def under_hypercorn(app: Any) -> AsyncIterator[Running]:
    config = hypercorn.Config()
    config.errorlog = None
    config.graceful_timeout = 0.2  # how long it waits for sessions, whatever they do
    stopping = asyncio.Event()
    with _listening() as listening:
        port = listening.getsockname()[1]
        config.bind = [f"fd://{listening.detach()}"]  # which it closes

        async def stopped() -> None:
            await stopping.wait()

        serving = hypercorn.asyncio.serve(app, config, shutdown_trigger=stopped)
        task = asyncio.ensure_future(serving)
        running = Running(port, stopping.set, task)
        _pass_over_cancellations()
        try:
            yield running
        finally:
            await running.stop()


def _pass_over_cancellations() -> None:
    """It cancels its connections at the end, and asyncio (before 3.12) reports that."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler() or type(loop).default_exception_handler

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), asyncio.CancelledError):
            before(loop, context)

    loop.set_exception_handler(handle)


@contextlib.contextmanager
def _listening() -> Iterator[socket.socket]:
    # Who connects before the server runs waits in the queue of the socket.
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        yield listening
    finally:
        listening.close()


SERVERS = {"uvicorn": under_uvicorn, "hypercorn": under_hypercorn}
