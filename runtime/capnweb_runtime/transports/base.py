"""What a transport is (npm package: RpcTransport)."""

from typing import Final, NamedTuple, Protocol

__all__ = [
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

    def received(self, message: str | bytes) -> None:
        """One message has arrived."""

    def lost(self, reason: str, close: Close = NO_CLOSE) -> None:
        """Nothing will arrive any more: the peer closed, or the connection failed. Called once.

        `reason` tells people what happened, `close` is what the peer said when it closed.
        """


class Transport(Protocol):
    """Moves messages between two ends, whole and in order.

    Used from one event loop only. After `start` the receiver is told of everything, until it has
    been told that the transport is lost, or until `close` was called.
    """

    def start(self, receiver: Receiver) -> None:
        """Begin to receive."""

    def send(self, messages: list[str]) -> None:
        """Send messages, in order; they are written when the peer has room for them."""

    @property
    def unsent(self) -> int:
        """Characters that wait to be written."""

    def close(self, code: int, reason: str) -> None:
        """Close, after what was sent is written. `code` and `reason` are WebSocket's."""

    def abort(self) -> None:
        """Drop the connection at once; what was not written is lost."""

    async def wait_closed(self) -> None:
        """Wait until it is closed, by whomever, and all that it held is free."""
