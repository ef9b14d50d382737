"""What the tests of connections serve."""

import asyncio
from typing import Any

import capnweb_runtime as rpc
from tests.interop.python_api import PATIENCE_SECONDS

__all__ = ["Api", "Greeter", "at_rest", "event_loops_transport"]


class Greeter(rpc.Target):
    """Offered by clients."""

    def name(self) -> str:
        return "a client"


class Api(rpc.Target):
    """Offered by servers.

    Attributes:
        ended: how each call of `wait` ended.
        waiting: set when one has begun.
        gate: lets them go on.
    """

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.waiting = asyncio.Event()
        self.gate = asyncio.Event()

    def square(self, number: int) -> int:
        return number * number

    def echo(self, value: object) -> object:
        return value

    async def call(self, function: rpc.DynamicStub, value: object) -> object:
        return await function(value)

    async def wait(self) -> str:
        self.waiting.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("through")
        return "through"


def event_loops_transport(session: Any) -> asyncio.Transport:
    """What a session over a WebSocket writes to, whichever library reads it."""
    transport = session._transport
    socket: asyncio.Transport = (
        transport._socket if hasattr(transport, "_socket") else transport._connection.transport
    )
    return socket


async def at_rest(*sessions: rpc.Session) -> None:
    """Wait until nothing is in the tables but the main objects; a leak fails with all numbers."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Releases are the last messages of all, and nothing answers them.
            while any(session.stats() != (1, 1) for session in sessions):  # noqa: ASYNC110
                await asyncio.sleep(0)
    except TimeoutError:
        raise AssertionError(f"leaked: {[session.stats() for session in sessions]}") from None
