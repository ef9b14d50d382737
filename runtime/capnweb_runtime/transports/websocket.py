"""A connection of the `websockets` library as a transport: one message a text frame."""

from collections.abc import Awaitable
from typing import Final

from typing_extensions import override
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from capnweb_runtime.transports.base import NO_CLOSE, Close
from capnweb_runtime.transports.queued import QueuedTransport

__all__ = ["BYTES_PER_CHARACTER", "WebSocketTransport", "close_reason"]

#: What one character may take in UTF-8. The limit of a message is in characters: a connection must
#: let so much through for the session to tell its peer what is wrong.
BYTES_PER_CHARACTER: Final = 4

#: A close frame holds 125 bytes, two of which are the code (RFC 6455, section 5.5).
_MAX_REASON_BYTES: Final = 123


class WebSocketTransport(QueuedTransport):
    """Moves messages over an open connection, which it takes: it closes it."""

    gone = (ConnectionClosed,)

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    @override
    def read_message(self) -> Awaitable[str | bytes]:
        return self._connection.recv()

    @override
    def write_message(self, message: str) -> Awaitable[None]:
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
        # Of two close frames the first one has the reason.
        ours_first = error.rcvd is None or error.rcvd_then_sent is False
        frame = error.sent if ours_first else error.rcvd
        if frame is None:
            return "the connection was closed: no close frame received", NO_CLOSE
        what = f"the connection was closed: {frame.code} {frame.reason}".rstrip()
        return what, Close(frame.code, frame.reason)


def close_reason(text: str) -> str:
    """`text` cut to what a close frame holds, at a character."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
