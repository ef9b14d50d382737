"""What a transport is (npm package: RpcTransport, RpcTransportWithCustomEncoding)."""

from typing import Any, Final, NamedTuple, Protocol

from capnweb_runtime.wire.structured import Encoding

__all__ = [
    "BYTES_PER_CHARACTER",
    "CLOSE_ABORT",
    "CLOSE_GOING_AWAY",
    "CLOSE_IDLE",
    "CLOSE_INTERNAL",
    "CLOSE_LOST",
    "CLOSE_NORMAL",
    "CLOSE_TRY_LATER",
    "NO_CLOSE",
    "Close",
    "Receiver",
    "Transport",
]

#: What one character may take in UTF-8. The limit of a message is in characters: a connection must
#: let so much through for the session to tell its peer what is wrong.
BYTES_PER_CHARACTER: Final = 4

#: Close code of a session that its owner closed (RFC 6455, section 7.4.1).
CLOSE_NORMAL: Final = 1000

#: Of one that ended with its server (the same section).
CLOSE_GOING_AWAY: Final = 1001

#: What stands for the code where no close frame came; it is never sent (the same section).
CLOSE_LOST: Final = 1006

#: Of a connection whose main object could not be made (the same section).
CLOSE_INTERNAL: Final = 1011

#: Of one that the server has no room for ("Try Again Later" in IANA's WebSocket Close Code Number
#: Registry).
CLOSE_TRY_LATER: Final = 1013

#: Of one that ended by a fault, as the reference uses it.
CLOSE_ABORT: Final = 3000

#: Of one that was idle for too long ("Timeout" in the same registry).
CLOSE_IDLE: Final = 3008


class Close(NamedTuple):
    """How a connection was closed, in the terms of WebSocket (RFC 6455, section 7.1.5 and 6)."""

    code: int
    reason: str = ""


#: It broke off: there was no close frame.
NO_CLOSE: Final = Close(CLOSE_LOST)


class Receiver(Protocol):
    """Who is given what a transport receives. No method raises."""

    def received(self, messages: list[Any]) -> None:
        """Messages have arrived, together and in this order; their answers go out together, too.

        They are what `Transport.decode` takes, for most encodings text. What is no message at all,
        such as bytes that are no text, may be given as it is: it ends the session as a malformed
        message does.
        """

    def lost(self, reason: str, close: Close = NO_CLOSE) -> None:
        """Nothing will arrive any more: the peer closed, or the connection failed. Called once.

        `reason` tells people what happened, `close` is what the peer said when it closed.
        """


class Transport(Protocol):
    """Moves messages between two ends, whole and in order.

    Used from one event loop only. After `start` the receiver is told of everything, until it has
    been told that the transport is lost, or until `close` was called.

    Attributes:
        encoding: what it takes as messages: text (`string`), or one of three kinds of structured
            values; `capnweb_runtime.wire.structured` says what is in them. Of a transport that has
            no such attribute it is text.
    """

    __slots__ = ()

    encoding: Encoding = "string"

    def encode(self, message: object) -> object:
        """What `send` is to be given for a structured message; not called for text.

        Called when the message is made, so that what cannot be encoded fails its call alone. If it
        gives bytes, their number is what flow control and the limits count; of anything else the
        size is estimated, on the high side.

        Raises:
            Exception: anything, if it cannot be encoded.
        """
        return message

    def decode(self, received: Any) -> object:
        """The structured message that was received; not called for text.

        Raises:
            Exception: anything, if it is none; it ends the session, and the peer is told.
        """
        return received

    def start(self, receiver: Receiver) -> None:
        """Begin to receive."""

    def send(self, messages: list[Any]) -> None:
        """Send messages, in order; they are written when the peer has room for them.

        They are strings, or what `encode` gave.
        """

    @property
    def unsent(self) -> int:
        """Characters, or bytes, that wait to be written."""

    def close(self, code: int, reason: str) -> None:
        """Close, after what was sent is written. `code` and `reason` are WebSocket's."""

    def abort(self) -> None:
        """Drop the connection at once; what was not written is lost."""

    async def wait_closed(self) -> None:
        """Wait until it is closed, by whomever, and all that it held is free."""
