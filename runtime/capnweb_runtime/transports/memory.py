"""Two joined ends in one process: for tests, and for services that live in the same program."""

import asyncio

from typing_extensions import override

from capnweb_runtime.transports.base import CLOSE_ABORT, Close, Receiver, Transport
from capnweb_runtime.wire.structured import Encoding

__all__ = ["MemoryTransport", "memory_pair"]


class MemoryTransport(Transport):
    """One end of a pair. What one end sends the other receives in the next turn of the loop."""

    def __init__(self, encoding: Encoding = "string") -> None:
        self.encoding = encoding
        self._peer: MemoryTransport = self
        self._receiver: Receiver | None = None
        self._early: list[object] = []
        self._closed = asyncio.Event()

    @override
    def start(self, receiver: Receiver) -> None:
        """Begin to receive; what came before is received now."""
        self._receiver = receiver
        early, self._early = self._early, []
        self._deliver(early)

    @override
    def send(self, messages: list[object]) -> None:
        """Send messages to the other end."""
        if not self._closed.is_set():
            asyncio.get_running_loop().call_soon(self._peer._deliver, messages)

    @property
    @override
    def unsent(self) -> int:
        """Nothing ever waits."""
        return 0

    @override
    def close(self, code: int, reason: str) -> None:
        """Close both ends."""
        if not self._closed.is_set():
            self._closed.set()
            asyncio.get_running_loop().call_soon(self._peer._lose, Close(code, reason))

    @override
    def abort(self) -> None:
        """Close both ends."""
        self.close(CLOSE_ABORT, "")

    @override
    async def wait_closed(self) -> None:
        """Wait until either end was closed."""
        await self._closed.wait()

    def _deliver(self, messages: list[object]) -> None:
        if self._receiver is None:
            self._early += messages
            return
        if not self._closed.is_set():
            self._receiver.received(messages)

    def _lose(self, close: Close) -> None:
        if not self._closed.is_set():
            self._closed.set()
            if self._receiver is not None:
                what = f"the peer closed: {close.code} {close.reason}".rstrip()
                self._receiver.lost(what, close)


def memory_pair(encoding: Encoding = "string") -> tuple[MemoryTransport, MemoryTransport]:
    """Two joined transports.

    Args:
        encoding: what travels between them; `structuredClonable` spares the way through text.
    """
    left, right = MemoryTransport(encoding), MemoryTransport(encoding)
    left._peer, right._peer = right, left
    return left, right
