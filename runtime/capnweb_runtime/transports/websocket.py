"""A connection of the `websockets` library as a transport: one message a frame.

A frame of text, or of bytes where a subclass says so by its `encoding` and `encode`.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, NamedTuple

from typing_extensions import override
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from capnweb_runtime.transports.base import NO_CLOSE, Close, Receiver
from capnweb_runtime.transports.queued import QueuedTransport

__all__ = ["Keepalive", "WebSocketTransport", "close_reason"]

#: A close frame holds 125 bytes, two of which are the code (RFC 6455, section 5.5).
_MAX_REASON_BYTES: Final = 123


class Keepalive(NamedTuple):
    """When a peer is pinged (RFC 6455, section 5.5.2).

    Attributes:
        interval: seconds between pings; None for no pings.
        timeout: seconds that a peer has to answer one; None for ever.
    """

    interval: float | None
    timeout: float | None


class WebSocketTransport(QueuedTransport):
    """Moves messages over an open connection, which it takes: it closes it."""

    gone = (ConnectionClosed,)

    def __init__(self, connection: Connection, keepalive: Keepalive | None = None) -> None:
        """`keepalive` is for connections that are not kept alive by the library already."""
        super().__init__()
        self._connection = connection
        self._keepalive = keepalive
        self._given_up = ""

    @override
    def start(self, receiver: Receiver) -> None:
        super().start(receiver)
        if self._keepalive is not None and self._keepalive.interval is not None:
            interval, patience = self._keepalive.interval, self._keepalive.timeout
            pinging = asyncio.get_running_loop().create_task(self._ping(interval, patience))
            self._tasks[0].add_done_callback(lambda _: pinging.cancel())
            self._tasks.append(pinging)

    @override
    def read_message(self) -> Awaitable[str | bytes]:
        return self._connection.recv()

    @override
    def write_message(self, message: str | bytes) -> Awaitable[None]:
        return self._connection.send(message)

    @override
    def finish(self, close: Close) -> Awaitable[None]:
        return self._connection.close(close.code, close_reason(close.reason))

    @override
    def abort(self) -> None:
        self._connection.transport.abort()

    @override
    def explain(self, error: Exception) -> tuple[str, Close]:
        assert isinstance(error, ConnectionClosed)
        if self._given_up:
            return self._given_up, NO_CLOSE
        # Of two close frames the first one has the reason.
        ours_first = error.rcvd is None or error.rcvd_then_sent is False
        frame = error.sent if ours_first else error.rcvd
        if frame is None:
            return "the connection was closed: no close frame received", NO_CLOSE
        what = f"the connection was closed: {frame.code} {frame.reason}".rstrip()
        return what, Close(frame.code, frame.reason)

    async def _ping(self, interval: float, patience: float | None) -> None:
        # Not the library's: that one waits for the end of a closing handshake, for ten more
        # seconds, with a peer that it has just found to be gone.
        try:
            while True:
                await asyncio.sleep(interval)
                answered = await self._connection.ping()
                async with asyncio.timeout(patience):
                    await answered
        except TimeoutError:
            self._given_up = f"the peer did not answer a ping within {patience:g} s"
            self.abort()
        except ConnectionClosed:
            pass  # the reader says so


def close_reason(text: str) -> str:
    """`text` cut to what a close frame holds, at a character."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
