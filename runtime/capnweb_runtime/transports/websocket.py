"""A connection of the `websockets` library as a transport: one message a frame.

A frame of text, or of bytes where a subclass says so by its `encoding` and `encode`.
"""

import asyncio
from typing import Final

from typing_extensions import override
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from capnweb_runtime.transports.base import (
    BYTES_PER_CHARACTER,
    CLOSE_NORMAL,
    Receiver,
    Transport,
)

__all__ = ["BYTES_PER_CHARACTER", "WebSocketTransport", "close_reason"]

#: A close frame holds 125 bytes, two of which are the code (RFC 6455, section 5.5).
_MAX_REASON_BYTES: Final = 123

#: Seconds that a peer has to take what was sent, and to answer the close frame.
_CLOSE_TIMEOUT: Final = 10.0


class WebSocketTransport(Transport):
    """Moves messages over an open connection, which it takes: it closes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: list[str | bytes] = []
        self._unsent = 0
        self._something = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @override
    def start(self, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read(receiver)), loop.create_task(self._write())]

    @override
    def send(self, messages: list[str | bytes]) -> None:
        self._queue += messages
        self._unsent += sum(map(len, messages))
        self._something.set()

    @property
    @override
    def unsent(self) -> int:
        return self._unsent

    @override
    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = code, close_reason(reason)
            self._something.set()
            # A peer that does not read must not keep the writer, and with it the session, for ever.
            self._deadline = asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT, self.abort)

    @override
    def abort(self) -> None:
        self._connection.transport.abort()

    @override
    async def wait_closed(self) -> None:
        if self._tasks:  # `wait` and not `gather`: who stops waiting does not stop the transport
            await asyncio.wait(self._tasks)

    async def _read(self, receiver: Receiver) -> None:
        reason = "the connection was given up"
        try:
            while True:
                message = await self._connection.recv()
                if self._closing is None:  # else only the close frame is of interest
                    receiver.received(message)
        except ConnectionClosed as error:
            reason = f"the connection was closed: {_describe(error)}"
        finally:
            # A peer that is gone leaves nothing to write; the writer may be waiting for it.
            self._closing = self._closing or (CLOSE_NORMAL, "")
            self._queue.clear()
            self._something.set()
            if self._deadline is not None:
                self._deadline.cancel()
            receiver.lost(reason)

    async def _write(self) -> None:
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._queue:
                    messages, self._queue = self._queue, []
                    for message in messages:
                        await self._connection.send(message)
                        self._unsent -= len(message)
                if self._closing is not None:
                    await self._connection.close(*self._closing)
                    return
        except ConnectionClosed:
            pass  # the reader says so


def close_reason(text: str) -> str:
    """`text` cut to what a close frame holds, at a character."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")


def _describe(error: ConnectionClosed) -> str:
    # Of two close frames the first one has the reason.
    ours_first = error.rcvd is None or error.rcvd_then_sent is False
    frame = error.sent if ours_first else error.rcvd
    return f"{frame.code} {frame.reason}".rstrip() if frame else "no close frame received"
