"""What an end of a session needs of whatever drives it."""

from typing import Protocol

from capnweb_runtime.core.streams import PartHook, StreamWriter
from capnweb_runtime.errors import BrokenError

__all__ = ["Host"]


class Host(Protocol):
    """What an endpoint needs of its shell. No method may raise."""

    def wake(self, *, lazily: bool = False) -> None:
        """There is something to send. May be called from wherever Python collects garbage.

        `lazily`: nobody waits for it, and it should go with what is sent next, if that is soon.
        """

    def send(self, messages: list[object]) -> bool:
        """Send these messages, which are many, now rather than in the next turn.

        Takes them, unless it cannot and says so by False.
        """

    def ended(self, reason: BrokenError) -> None:
        """The session is over: write what is left to be sent, then close the transport."""

    def now(self) -> float:
        """The time, in seconds from any start, as flow control needs it."""

    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        """Write all that comes out of a stream or blob that is being sent; then close."""

    def unwrap(self, part: PartHook) -> object:
        """What the application knows a stream or blob of the peer as."""

    def report(self, error: Exception) -> None:
        """A callback of the application failed, or the runtime itself did."""
