"""What the tests of connections serve."""

import asyncio

import capnweb_runtime as rpc

__all__ = ["Api", "Greeter"]


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
