"""Deadlines: which calls must have been answered when.

All calls of a session have the same time, so that the one that began first is due first: a dict,
which keeps that order, is all it takes. A call is taken out when it is answered or released.
Whoever drives the endpoint has the clock and the timer; it asks here when to look again.
"""

from collections.abc import Callable

from capnweb_runtime.core.imports import Import

__all__ = ["Deadlines"]


class Deadlines:
    """The calls of a session that wait for their answers.

    Attributes:
        seconds: how long each may take.
    """

    __slots__ = ("_due", "_now", "seconds")

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        """`now` tells the time in seconds."""
        self.seconds = seconds
        self._now = now
        self._due: dict[Import, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, entry: Import) -> bool:
        return entry in self._due

    def start(self, entry: Import) -> None:
        """The answer is asked for."""
        if entry not in self._due:
            self._due[entry] = self._now() + self.seconds

    def stop(self, entry: Import) -> None:
        """It is there, or not wanted any more, or may take its time."""
        self._due.pop(entry, None)

    def clear(self) -> None:
        """Nothing will be answered any more."""
        self._due.clear()

    @property
    def next(self) -> float | None:
        """When to look for calls that have not been answered in time; None if none waits."""
        return next(iter(self._due.values()), None)

    def take_expired(self, now: float) -> list[Import]:
        """The calls that should have been answered by now; they are taken out."""
        expired: list[Import] = []
        for entry, due in self._due.items():
            if due > now:
                break
            expired.append(entry)
        for entry in expired:
            del self._due[entry]
        return expired
