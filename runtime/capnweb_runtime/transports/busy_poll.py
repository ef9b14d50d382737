"""Busy polling: an event loop that does not go to sleep between a call and its answer.

A process that sleeps has to be woken by the one that writes to it: an interrupt of another core, on
a virtual machine by way of the host. At each end of a call that costs tens of microseconds, as much
as all the rest of a small one. So the loop is kept turning for a moment after something was read or
written, as Linux does below a socket (SO_BUSY_POLL), KVM before a guest's core is given back (halt
polling), and Go before its threads park. Calls one after the other take 0.6 times as long.

What that may cost is bounded. It is done for as long as at least every other attempt is rewarded by
something to read, and otherwise once in a while, to see whether it is. Everybody else on the loop
has their turns meanwhile.
"""

import asyncio
from time import perf_counter
from typing import Final
from weakref import WeakValueDictionary

__all__ = ["BUSY_POLL", "BusyPoll", "busy_poll_of"]

#: Seconds, by default. A peer on the same machine or in the same rack answers in fewer, if it
#: answers at once.
BUSY_POLL: Final = 100e-6

#: Bytes of what is followed by an attempt: those of a few calls. Where more moves at a time, there
#: is no waiting to be saved, and what is read later is more at a time.
_SMALL: Final = 1024

#: Attempts in vain after which there are no more for now, if nearly all before were rewarded.
_MOST_CREDIT: Final = 8

#: Things read or written to one attempt while there is no credit.
_ATTEMPT_EACH: Final = 64


class BusyPoll:
    """Keeps an event loop awake while something is about to be read."""

    __slots__ = (
        "__weakref__",
        "_attempt_ends",
        "_credit",
        "_idle",
        "_loop",
        "_polling",
        "_seconds",
        "_stirred",
        "_until_attempt",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """`seconds` without anything read or written end an attempt."""
        self._loop = loop  # is there for as long as this: no other one has its id
        self._seconds = seconds
        self._credit = _MOST_CREDIT
        self._until_attempt = _ATTEMPT_EACH
        self._polling = False
        self._attempt_ends = 0.0
        self._stirred = False  # in this turn of the loop
        self._idle = False  # in the last one, at the end of which it would have gone to sleep

    def read(self, size: int) -> None:
        """So many bytes were read."""
        if self._idle:
            self._idle = False
            if self._credit < _MOST_CREDIT:
                self._credit += 1
        self.wrote(size)

    def wrote(self, size: int) -> None:
        """So many bytes were written."""
        self._stirred = size <= _SMALL
        if not self._stirred:
            self._attempt_ends = 0.0
        elif not self._polling:
            self._until_attempt -= 1
            if self._credit or self._until_attempt <= 0:
                self._until_attempt = _ATTEMPT_EACH
                self._polling = True
                self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self._stirred:
            self._stirred = self._idle = False
            self._attempt_ends = perf_counter() + self._seconds
        elif perf_counter() < self._attempt_ends:
            self._idle = True
        else:
            self._polling = self._idle = False
            if self._credit:
                self._credit -= 1
            return
        self._loop.call_soon(self._turn)


_POLLS: Final[WeakValueDictionary[tuple[int, float], BusyPoll]] = WeakValueDictionary()


def busy_poll_of(loop: asyncio.AbstractEventLoop, seconds: float) -> BusyPoll:
    """What keeps `loop` awake for so many seconds: one for all its connections."""
    poll = _POLLS.get((id(loop), seconds))
    if poll is None:
        poll = _POLLS[id(loop), seconds] = BusyPoll(loop, seconds)
    return poll
