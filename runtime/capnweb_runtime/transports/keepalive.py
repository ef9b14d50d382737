"""Whether a peer is still there: pings, by timers of the event loop."""

import asyncio
from collections.abc import Callable, Hashable
from typing import NamedTuple

__all__ = ["Heartbeat", "Keepalive"]


class Keepalive(NamedTuple):
    """When a peer is pinged (RFC 6455, section 5.5.2).

    Attributes:
        interval: seconds between pings; None for no pings.
        timeout: seconds that a peer has to answer one; None for ever.
    """

    interval: float | None
    timeout: float | None


class Heartbeat:
    """Pings a peer, and says when it has gone.

    It has gone if a ping is not answered in time, and nothing else shows that it is there: a ping
    may wait behind a long message, and so may its answer.
    """

    def __init__(
        self,
        keepalive: Keepalive,
        ping: Callable[[], None],
        signs: Callable[[], Hashable],
        gone: Callable[[str], None],
    ) -> None:
        """Nothing is done yet.

        Args:
            keepalive: when to do it.
            ping: sends a ping.
            signs: gives what does not remain as it is while the peer is there.
            gone: is told why it is taken for gone; after that nothing is done any more.
        """
        self._keepalive = keepalive
        self._ping = ping
        self._signs = signs
        self._gone = gone
        self._timer: asyncio.TimerHandle | None = None
        self._waits = False

    def start(self) -> None:
        """Begin; the first ping goes out after the interval."""
        self._waits = False
        self._in(self._keepalive.interval, self._beat)

    def answered(self) -> None:
        """The peer has answered a ping."""
        if self._waits:
            self.start()

    def stop(self) -> None:
        """Do nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _in(self, seconds: float | None, then: Callable[..., None], *args: object) -> None:
        self.stop()
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, then, *args)

    def _beat(self) -> None:
        self._waits = True
        self._ping()
        self._in(self._keepalive.timeout, self._look, self._signs())

    def _look(self, before: Hashable) -> None:
        now = self._signs()
        if now == before:
            self.stop()
            self._gone(f"the peer did not answer a ping within {self._keepalive.timeout:g} s")
        else:
            self._in(self._keepalive.timeout, self._look, now)
