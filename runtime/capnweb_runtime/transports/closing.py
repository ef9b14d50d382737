"""The closing handshake of a WebSocket (RFC 6455, sections 5.5.1 and 7), and its frames.

Of a connection that is open there is nothing to remember; a `ClosingHandshake` is made when its end
begins. It knows no connection: what it gives is to be written. A server then closes the connection
when both close frames have gone, or when it has given the peer up; a client waits for the server.
"""

from websockets.frames import Close as CloseFrame
from websockets.frames import Frame, Opcode

from capnweb_runtime.transports.base import NO_CLOSE, Close

__all__ = ["ClosingHandshake", "close_reason", "control_frame", "explained"]

#: A close frame holds 125 bytes, two of which are the code (RFC 6455, section 5.5).
_MAX_REASON_BYTES = 123


class ClosingHandshake:
    """Which close frames have been sent and received, and in which order."""

    __slots__ = ("_client", "_received", "_received_first", "_sent")

    def __init__(self, *, client: bool) -> None:
        """`client` says which end this is: a client's frames are masked."""
        self._client = client
        self._sent: CloseFrame | None = None
        self._received: CloseFrame | None = None
        self._received_first: bool | None = None

    def close(self, code: int, reason: str) -> bytes:
        """A close frame to be sent; nothing if there was one.

        Raises:
            websockets.exceptions.ProtocolError: if nobody may send that code.
        """
        if self._sent is not None:
            return b""
        close = CloseFrame(code, close_reason(reason))
        data = close.serialize()
        self._sent = close
        return control_frame(Opcode.CLOSE, data, masked=self._client)

    def receive(self, data: bytes) -> bytes:
        """Take what is in the peer's close frame; gives the answer, nothing if there was one.

        Raises:
            websockets.exceptions.ProtocolError, UnicodeDecodeError: if it is malformed.
        """
        self._received = CloseFrame.parse(data)
        self._received_first = self._sent is None
        if not self._received_first:
            return b""
        self._sent = self._received
        return control_frame(Opcode.CLOSE, data, masked=self._client)

    def explained(self) -> tuple[str, Close]:
        """How the connection was closed, for people and in WebSocket's terms."""
        return explained(self._received, self._sent, self._received_first)


def explained(
    received: CloseFrame | None, sent: CloseFrame | None, received_first: bool | None
) -> tuple[str, Close]:
    """How a connection was closed, for people and in WebSocket's terms."""
    # Of two close frames the first one has the reason.
    frame = sent if received is None or received_first is False else received
    if frame is None:
        return "the connection was closed: no close frame received", NO_CLOSE
    what = f"the connection was closed: {frame.code} {frame.reason}".rstrip()
    return what, Close(frame.code, frame.reason)


def close_reason(text: str) -> str:
    """`text` cut to what a close frame holds, at a character."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")


def control_frame(kind: Opcode, data: bytes, *, masked: bool) -> bytes:
    """A ping, pong or close frame.

    Args:
        kind: which of them.
        data: at most 125 bytes.
        masked: whether it is a client's.
    """
    return Frame(kind, data).serialize(mask=masked)
