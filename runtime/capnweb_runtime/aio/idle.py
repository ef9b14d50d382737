"""The end of sessions in which nothing happens."""

import asyncio
from collections.abc import Callable
from typing import Protocol

__all__ = ["IdleTimer"]


class _Busy(Protocol):
    @property
    def busy(self) -> bool:
        """Whether either side waits for the other."""


class IdleTimer:
    """Tells when nothing has come for a time, and neither side waits for the other."""

    def __init__(self, seconds: float, endpoint: _Busy, idle: Callable[[], None]) -> None:
        """`idle` is called, at most once; the time begins now."""
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._endpoint = endpoint
        self._idle = idle
        self._last = self._loop.time()
        self._timer = self._loop.call_at(self._last + seconds, self._check)

    def restart(self) -> None:
        """Something has come."""
        self._last = self._loop.time()  # and no new timer: that would cost more than all the rest

    def stop(self) -> None:
        """The session is over."""
        self._timer.cancel()

    def _check(self) -> None:
        if self._endpoint.busy:
            self.restart()
        if self._loop.time() - self._last >= self._seconds:
            self._idle()
        else:
            self._timer = self._loop.call_at(self._last + self._seconds, self._check)
