"""What the tests of connections serve."""

import asyncio
import contextlib

import capnweb_runtime as rpc
from tests.interop.helpers import ROUND_TRIPS, round_trip

__all__ = ["Api", "Greeter", "at_rest"]


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


async def at_rest(*sessions: rpc.Session) -> None:
    """Wait until nothing is in the tables but the main objects; a leak fails with all numbers."""
    for _ in range(ROUND_TRIPS):
        if all(session.stats() == (1, 1) for session in sessions):
            return
        for session in sessions:
            with contextlib.suppress(rpc.RemoteError):  # a peer without a main object
                await round_trip(session)
    raise AssertionError(f"leaked: {[session.stats() for session in sessions]}")
