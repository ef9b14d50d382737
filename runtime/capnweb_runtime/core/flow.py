"""How much of a stream may be on its way: an estimate of bandwidth times delay.

The window begins small and doubles each round trip as long as that brings more through (startup),
then follows what is measured (steady). The same numbers as the reference, so that two ends of
different make behave alike.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

__all__ = ["FlowController", "Sent"]

#: Characters in flight at first, at least, and at most.
INITIAL_WINDOW: Final = 256 * 1024
MIN_WINDOW: Final = 64 * 1024
MAX_WINDOW: Final = 1024 * 1024 * 1024

#: How much the window may grow in one round trip, in startup and after.
STARTUP_GROWTH: Final = 2.0
STEADY_GROWTH: Final = 1.25

#: To how much of itself it may shrink in one round trip.
DECAY: Final = 0.9

#: Rounds without growth after which startup is over.
STARTUP_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that is on its way, and how things were when it was sent."""

    time: float
    size: int
    delivered: int
    delivered_time: float
    window: float
    window_full: bool


class FlowController:
    """The window of one stream.

    Attributes:
        window: characters that may be on their way.
        in_flight: characters that are.
        in_startup: whether the window is still being looked for.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives the time in seconds, from any start but 0 at the first call or later."""
        self._now = now
        self.window: float = INITIAL_WINDOW
        self.in_flight = 0
        self.in_startup = True
        self._delivered = 0
        self._delivered_time = 0.0
        self._first_ack: tuple[float, int] | None = None
        self._min_round_trip = math.inf
        self._rounds_without_growth = 0
        self._last_round_window = 0.0
        self._round_start = 0.0

    @property
    def has_room(self) -> bool:
        """Whether more may be sent."""
        return self.in_flight < self.window

    def sent(self, size: int) -> Sent:
        """A write of `size` characters has been sent."""
        self.in_flight += size
        return Sent(
            time=self._now(),
            size=size,
            delivered=self._delivered,
            delivered_time=self._delivered_time,
            window=self.window,
            window_full=self.in_flight >= self.window,
        )

    def failed(self, write: Sent) -> None:
        """A write failed: it is not on its way any more, and says nothing about the connection."""
        self.in_flight -= write.size

    def acknowledged(self, write: Sent) -> None:
        """A write has been answered."""
        time = self._now()
        self._delivered += write.size
        self._delivered_time = time
        self.in_flight -= write.size
        self._min_round_trip = min(self._min_round_trip, time - write.time)
        if self._first_ack is None:
            self._first_ack = time, self._delivered
            return
        self._adjust(write, time)
        if self.in_startup and write.time >= self._round_start:
            self._end_round(time)

    def _adjust(self, write: Sent, time: float) -> None:
        base_time, base_delivered = write.delivered_time, write.delivered
        if base_time == 0.0 and self._first_ack is not None:  # sent before anything was answered
            base_time, base_delivered = self._first_ack
        interval = time - base_time
        delivered = self._delivered - base_delivered
        bandwidth = delivered / interval if interval > 0 else math.inf
        growth = STARTUP_GROWTH if self.in_startup else STEADY_GROWTH
        # No time at all between two answers says nothing: as if there were no bound.
        estimate = math.inf if bandwidth == math.inf else bandwidth * self._min_round_trip * growth
        window = min(estimate, write.window * growth)
        # It shrinks only if it was used to the full; otherwise the sender was slow, not the way.
        floor = write.window * DECAY if write.window_full else self.window
        self.window = max(min(max(window, floor), MAX_WINDOW), MIN_WINDOW)

    def _end_round(self, time: float) -> None:
        if self.window > self._last_round_window * STEADY_GROWTH:
            self._rounds_without_growth = 0
        else:
            self._rounds_without_growth += 1
            self.in_startup = self._rounds_without_growth < STARTUP_ROUNDS
        self._round_start = time
        self._last_round_window = self.window
