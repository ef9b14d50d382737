"""The service, for each of those who use it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from jobs.handles import Batch, Handle, Recurring
from jobs.models import (
    Event,
    Failure,
    Job,
    JobId,
    Priority,
    Progress,
    QueueName,
    Retry,
    Schedule,
    State,
)
from jobs.observing import Observable

T = TypeVar("T")


class ProducerApi(Observable, Protocol):
    """For those who have something to be done."""

    async def enqueue(
        self,
        name: str,
        /,
        args: Sequence[Any] = (),
        *,
        queue: QueueName = "default",
        priority: Priority = Priority.NORMAL,
        delay: timedelta | None = None,
        at: datetime | None = None,
        timeout: timedelta | None = None,
        retry: Retry | None = None,
        idempotency_key: UUID | None = None,
    ) -> Handle[Any]: ...

    async def add(self, a: int, b: int) -> Handle[int]: ...
    async def invoice(self, amounts: Sequence[Decimal], tax: Decimal = Decimal(0)) -> Handle[Decimal]: ...
    async def digest(self, data: AsyncIterator[bytes]) -> Handle[str]: ...
    async def first(self, handles: Sequence[Handle[T]]) -> Handle[T]:
        """Of several jobs the one that ends first."""
        ...

    async def batch(self, queue: QueueName = "default") -> Batch: ...
    async def schedule(self, name: str, schedule: Schedule, *args: Any) -> Recurring: ...
    async def find(self, job: JobId) -> Handle[Any] | None: ...


class Lease(Protocol):
    """A job that one worker works on. Giving it up gives the job back."""

    @property
    def job(self) -> Job: ...
    async def heartbeat(self, progress: Progress | None = None) -> bool:
        """Say that one is still at it.

        Returns:
            Whether to go on: False once the job was cancelled.
        """
        ...

    async def extend(self, by: timedelta) -> datetime: ...
    async def complete(self, value: Any, *, cost: Decimal = Decimal(0)) -> None: ...
    async def fail(self, failure: Failure, *, retry: bool = True) -> State: ...


class WorkerApi(Observable, Protocol):
    """For those who do it."""

    async def lease(
        self, *queues: QueueName, duration: timedelta = timedelta(minutes=1)
    ) -> Lease | None: ...
    def leases(
        self, queues: list[QueueName], *, at_most: int | None = None
    ) -> AsyncIterator[Lease]: ...
    async def serve(
        self, queue: QueueName, run: Callable[[Job], Awaitable[Any]], *, jobs: int = 1
    ) -> int:
        """Have `run` called with jobs of a queue; what it raises is their failure."""
        ...

    async def register(self, name: str) -> UUID: ...


class AdminApi(ProducerApi, WorkerApi, Protocol):
    """For those who look after it."""

    async def pause(self, queue: QueueName) -> bool: ...
    async def resume(self, queue: QueueName) -> bool: ...
    async def purge(self, queue: QueueName, *, older_than: timedelta | None = None) -> int: ...
    async def dead(self) -> list[Job]: ...
    async def retry_dead(self, *jobs: JobId) -> list[Handle[Any]]: ...
    async def costs(self) -> dict[str, Decimal]: ...
    async def budget(self, limit: Decimal | None) -> Decimal | None: ...
    async def advance(self, by: timedelta) -> list[Event]: ...
    async def workers(self) -> dict[str, UUID]: ...
    def export(self, *states: State) -> AsyncIterator[Job]: ...


class Jobs(Protocol):
    """The way in."""

    async def produce(self) -> ProducerApi: ...
    async def work(self, name: str) -> WorkerApi: ...
    async def administer(self, password: str) -> AdminApi: ...
