"""Whether a peer is still there: pings, by timers of the event loop."""

import asyncio
from collections.abc import Callable, Hashable
from typing import NamedTuple, Protocol

__all__ = ["Heartbeat", "Keepalive", "Pinger"]


class Keepalive(NamedTuple):
    """When a peer is pinged (RFC 6455, section 5.5.2).

    Attributes:
        interval: seconds between pings; None for no pings.
        timeout: seconds that a peer has to answer one; None for ever.
    """

    interval: float | None
    timeout: float | None


class Pinger(Protocol):
    """What pings a peer when its `Heartbeat` says so."""

    __slots__ = ()

    def ping(self) -> None:
        """Send a ping."""

    def signs_of_life(self) -> Hashable:
        """What does not remain as it is while the peer is there."""

    def give_up(self, fault: str) -> None:
        """The peer is taken for gone, for this reason; the heartbeat does nothing any more."""


class Heartbeat:
    """Pings a peer, and says when it has gone.

    It has gone if a ping is not answered in time, and nothing else shows that it is there: a ping
    may wait behind a long message, and so may its answer.
    """

    __slots__ = ("_keepalive", "_pinger", "_timer", "_waits")

    def __init__(self, keepalive: Keepalive, pinger: Pinger) -> None:
        """Nothing is done yet."""
        self._keepalive = keepalive
        self._pinger = pinger
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
        self._pinger.ping()
        self._in(self._keepalive.timeout, self._look, self._pinger.signs_of_life())

    def _look(self, before: Hashable) -> None:
        now = self._pinger.signs_of_life()
        if now == before:
            self.stop()
            fault = f"the peer did not answer a ping within {self._keepalive.timeout:g} s"
            self._pinger.give_up(fault)
        else:
            self._in(self._keepalive.timeout, self._look, now)
