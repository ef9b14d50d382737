"""A connection of the `websockets` library as a transport: one message a text frame."""

import asyncio
from typing import Final

from typing_extensions import override
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from capnweb_runtime.transports.base import Receiver, Transport

__all__ = ["WebSocketTransport", "close_reason"]

#: A close frame holds 125 bytes, two of which are the code (RFC 6455, section 5.5).
_MAX_REASON_BYTES: Final = 123


class WebSocketTransport(Transport):
    """Moves messages over an open connection, which it takes: it closes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: list[str] = []
        self._unsent = 0
        self._something = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @override
    def start(self, receiver: Receiver) -> None:
        """Begin to receive."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read(receiver)), loop.create_task(self._write())]

    @override
    def send(self, messages: list[str]) -> None:
        """Send messages, in order, when the peer has room for them."""
        self._queue += messages
        self._unsent += sum(map(len, messages))
        self._something.set()

    @property
    @override
    def unsent(self) -> int:
        """Characters that wait to be written."""
        return self._unsent

    @override
    def close(self, code: int, reason: str) -> None:
        """Close, after what was sent is written."""
        if self._closing is None:
            self._closing = code, close_reason(reason)
            self._something.set()

    @override
    async def wait_closed(self) -> None:
        """Wait until the connection is closed and nothing runs for it any more."""
        await asyncio.gather(*self._tasks)

    async def _read(self, receiver: Receiver) -> None:
        reason = await self._read_all(receiver)
        # A peer that is gone leaves nothing to write; the writer may be waiting for it.
        self._closing = self._closing or (1000, "")
        self._queue.clear()
        self._something.set()
        receiver.lost(reason)

    async def _read_all(self, receiver: Receiver) -> str:
        """Hand on what arrives until nothing does any more; gives the reason."""
        try:
            while True:
                message = await self._connection.recv()
                if self._closing is None:  # else only the close frame is of interest
                    receiver.received(message)
        except ConnectionClosed as error:
            return f"the connection was closed: {_describe(error)}"

    async def _write(self) -> None:
        connection = self._connection
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._queue:
                    messages, self._queue = self._queue, []
                    for message in messages:
                        await connection.send(message)
                        self._unsent -= len(message)
                if self._closing is not None:
                    await connection.close(*self._closing)
                    return
        except ConnectionClosed:
            pass  # the reader has said so


def close_reason(text: str) -> str:
    """`text` cut to what a close frame holds, at a character (CONFORMANCE: WS-03)."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")


def _describe(error: ConnectionClosed) -> str:
    if error.rcvd is None:
        return "no close frame received"
    return f"{error.rcvd.code} {error.rcvd.reason}".rstrip()
