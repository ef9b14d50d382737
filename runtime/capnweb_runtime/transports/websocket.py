"""A connection of the `websockets` library as a transport: one message a frame.

A frame of text, or of bytes where a subclass says so by its `encoding` and `encode`.
"""

import asyncio
from collections.abc import Awaitable

from typing_extensions import override
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed, ProtocolError
from websockets.protocol import Side, State

from capnweb_runtime.transports.base import Close, Receiver
from capnweb_runtime.transports.closing import close_reason, explained
from capnweb_runtime.transports.frames import AT_ONCE, joined_frames
from capnweb_runtime.transports.keepalive import Keepalive
from capnweb_runtime.transports.queued import QueuedTransport

__all__ = ["WebSocketTransport"]


class WebSocketTransport(QueuedTransport):
    """Moves messages over an open connection, which it takes: it closes it."""

    gone = (ConnectionClosed,)

    def __init__(self, connection: Connection, keepalive: Keepalive | None = None) -> None:
        """`keepalive` is for connections that are not kept alive by the library already."""
        super().__init__()
        self._connection = connection
        self._keepalive = keepalive
        self._ping_waits = False

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
    def write_at_once(self, messages: list[str | bytes], begin: int) -> int:
        # What `send` of the library does for each message, for many of them with one write. While
        # the socket takes all that is written to it, there is nothing to wait for; when it does
        # not, or anything else is out of the ordinary, it is for `send` itself to wait or to raise.
        connection = self._connection
        transport, protocol = connection.transport, connection.protocol
        if (
            protocol.state is not State.OPEN
            or transport.get_write_buffer_size()
            or transport.is_closing()
        ):
            return 0
        size, end = 0, begin
        try:
            while end < len(messages):
                message = messages[end]
                size += len(message)
                if size > AT_ONCE:
                    break
                if isinstance(message, str):
                    protocol.send_text(message.encode())
                else:
                    protocol.send_binary(message)
                end += 1
                if not protocol.extensions:
                    break  # the library allowed one: the others of this write are no different
        except ProtocolError:  # whoever had the connection before is sending a message in fragments
            return 0
        if end == begin:
            return 0
        data = b"".join(protocol.data_to_send())
        if end < len(messages) and size + len(messages[end]) <= AT_ONCE and not protocol.extensions:
            more, end = joined_frames(messages, end, protocol.side is Side.CLIENT, AT_ONCE - size)
            data += more
        transport.write(data)
        return end - begin

    @override
    def finish(self, close: Close) -> Awaitable[None]:
        return self._connection.close(close.code, close_reason(close.reason))

    @override
    def abort(self) -> None:
        self._connection.transport.abort()

    @override
    def explain(self, error: Exception) -> tuple[str, Close]:
        assert isinstance(error, ConnectionClosed)
        return explained(error.rcvd, error.sent, error.rcvd_then_sent)

    async def _ping(self, interval: float, patience: float | None) -> None:
        # Not the library's: that one waits for the end of a closing handshake, for ten more
        # seconds, with a peer that it has just found to be gone. It does not notice at all if its
        # ping cannot get out, and takes a peer for gone whose answer comes after a long message.
        while True:
            await asyncio.sleep(interval)
            answer = asyncio.get_running_loop().create_task(self._answer())
            self._tasks.append(answer)
            try:
                while not answer.done():
                    before = self._signs_of_life()
                    await asyncio.wait([answer], timeout=patience)
                    if not answer.done() and self._signs_of_life() == before:
                        self._fault = f"the peer did not answer a ping within {patience:g} s"
                        self.abort()
                        return
            finally:
                answer.cancel()
                self._tasks.remove(answer)

    async def _answer(self) -> None:
        """Ping, and wait for the answer or the end."""
        try:
            self._ping_waits = True
            answered = await self._connection.ping()
            self._ping_waits = False
            await answered
        except ConnectionClosed:
            pass  # the reader says so

    def _signs_of_life(self) -> tuple[int, ...]:
        """Some numbers that do not remain as they are if the peer is there.

        Something came from it: a message, or a part of one. While the ping waits to be written,
        more than the system's buffers hold waits as well: that some of it goes is a sign, too.
        """
        came = self._received, len(self._connection.protocol.reader.buffer)
        if not self._ping_waits:
            return came
        return *came, self._written, self._connection.transport.get_write_buffer_size()
