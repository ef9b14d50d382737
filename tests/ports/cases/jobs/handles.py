"""What a producer holds of a job."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from jobs.models import Failure, Job, JobId, Progress, Schedule, State, Success

T = TypeVar("T")


class Handle(Protocol[T]):
    """A job whose result is a `T`.

    Giving a handle up does not cancel the job.
    """

    @property
    def id(self) -> JobId: ...
    @property
    def state(self) -> State: ...
    async def job(self) -> Job: ...

    async def result(self) -> T:
        """Wait for the result.

        Raises:
            RuntimeError: The job failed for good, or was cancelled.
        """
        ...

    async def outcome(self, within: timedelta | None = None) -> Success[T] | Failure | None:
        """Wait for the end of the job, whichever it is; None if it does not come in time."""
        ...

    def progress(self) -> AsyncIterator[Progress]: ...
    async def on_result(self, callback: Callable[[T], Awaitable[None]]) -> "Handle[T]":
        """Have `callback` called with the result."""
        ...

    async def cancel(self, reason: str = "") -> bool: ...


class Recurring(Protocol):
    """A job that is done again and again."""

    @property
    def schedule(self) -> Schedule: ...
    async def runs(self) -> list[JobId]: ...
    async def last(self) -> "Handle[int] | None": ...
    async def reschedule(self, schedule: Schedule) -> None: ...
    async def stop(self) -> int: ...


class Batch(Protocol):
    """Jobs that are enqueued together, or not at all."""

    def add(self, name: str, *args: int) -> "Batch": ...
    @property
    def size(self) -> int: ...
    async def submit(self) -> list[Handle[int]]: ...
    async def total(self) -> Handle[int]:
        """Submit them, and one more job that sums up their results."""
        ...
