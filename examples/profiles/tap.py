"""A transport that shows what passes through it.

A `Transport` is four methods and a property, so one that wraps another is as short as this.
"""

from typing import Self

from websockets.asyncio.client import connect

import capnweb_runtime as rpc


class Tap(rpc.Transport, rpc.Receiver):
    """Prints each message, and counts round trips: how often something was asked and waited for."""

    def __init__(self, inner: rpc.Transport) -> None:
        self._inner = inner
        self._asking = False
        self.round_trips = 0

    @classmethod
    async def open(cls, url: str) -> Self:
        return cls(rpc.WebSocketTransport(await connect(url)))

    def start(self, receiver: rpc.Receiver) -> None:
        self._receiver = receiver
        self._inner.start(self)

    def send(self, messages: list[str]) -> None:
        for message in messages:
            print(f"  --> {message}")
        # Only a pull asks for an answer; a release says that one is no longer needed.
        if not self._asking and any(message.startswith('["pull"') for message in messages):
            self._asking = True
            self.round_trips += 1
        self._inner.send(messages)

    def received(self, messages: list[str]) -> None:
        for message in messages:
            print(f"  <-- {message}")
        self._asking = False
        self._receiver.received(messages)

    def lost(self, reason: str, close: rpc.Close = rpc.NO_CLOSE) -> None:
        self._receiver.lost(reason, close)

    @property
    def unsent(self) -> int:
        return self._inner.unsent

    def close(self, code: int, reason: str) -> None:
        self._inner.close(code, reason)

    def abort(self) -> None:
        self._inner.abort()

    async def wait_closed(self) -> None:
        await self._inner.wait_closed()
