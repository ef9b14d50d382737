"""A job queue in memory, whose time passes when it is told to."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import capnweb_runtime as rpc
from jobs.api_rpc import (
    AdminApiTarget,
    JobsTarget,
    LeaseTarget,
    ProducerApiTarget,
    WorkerApiTarget,
)
from jobs.handles_rpc import BatchTarget, HandleStub, HandleTarget, RecurringTarget
from jobs.models import (
    Daily,
    Event,
    Every,
    Failure,
    Job,
    JobId,
    Once,
    Priority,
    Progress,
    QueueStats,
    Retry,
    Schedule,
    State,
    Success,
)
from jobs.observing_rpc import ObservableTarget, WatchingTarget

T = TypeVar("T")

Runner = rpc.Callback[[rpc.Arg[Job]], rpc.Promise[Any]]

ENDED = {State.DONE, State.FAILED, State.CANCELLED}


@dataclass(eq=False)
class Record:
    job: Job
    state: State = State.QUEUED
    outcome: Success[Any] | Failure | None = None
    progress: list[Progress] = field(default_factory=list[Progress])
    started_at: datetime | None = None
    due_at: datetime | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    callbacks: list[rpc.Callback[[Any], rpc.Promise[None]]] = field(default_factory=lambda: [])


@dataclass(eq=False)
class Serving:
    queue: str
    run: Runner
    jobs: int


@dataclass(eq=False)
class Engine:
    """All jobs, and the clock."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    records: dict[JobId, Record] = field(default_factory=dict[JobId, Record])
    keys: dict[UUID, JobId] = field(default_factory=dict[UUID, JobId])
    paused: set[str] = field(default_factory=set[str])
    watching: list["OneWatching"] = field(default_factory=lambda: [])
    recurring: list["OneRecurring"] = field(default_factory=lambda: [])
    workers: dict[str, UUID] = field(default_factory=dict[str, UUID])
    limit: Decimal | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _last: int = 0

    def new_id(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)

    async def put(self, job: Job) -> Record:
        later = job.not_before is not None and job.not_before > self.now
        record = self.records[job.id] = Record(job, due_at=job.not_before if later else None)
        await self.set(record, State.SCHEDULED if later else State.QUEUED)
        return record

    async def set(self, record: Record, state: State) -> Event:
        record.state = state
        event = Event(job=record.job.id, state=state, at=self.now)
        if state in ENDED and isinstance(record.outcome, Success):
            for callback in record.callbacks:
                await callback(record.outcome.value)
        if state in ENDED:
            for callback in record.callbacks:
                callback.dispose()
            record.callbacks.clear()
        self.wake(record)
        for watching in tuple(self.watching):
            await watching.tell(event)
        return event

    def wake(self, record: Record) -> None:
        for owner in (record, self):
            owner.changed.set()
            owner.changed = asyncio.Event()

    def take(self, queues: Sequence[str]) -> Record | None:
        waiting = [
            record
            for record in self.records.values()
            if record.state is State.QUEUED
            and record.job.queue in queues
            and record.job.queue not in self.paused
        ]
        return max(waiting, key=lambda record: record.job.priority, default=None)

    async def advance(self, by: timedelta) -> list[Event]:
        events: list[Event] = []
        end = self.now + by
        for recurring in self.recurring:
            await recurring.fill(end)
        due = [each for each in self.records.values() if each.due_at and each.due_at <= end]
        for record in sorted(due, key=lambda record: (record.due_at or end, record.job.id.int)):
            if record.state is State.SCHEDULED:
                self.now = max(self.now, record.due_at or self.now)
                events.append(await self.set(record, State.QUEUED))
        self.now = end
        return events

    def job(self, name: str, args: Sequence[Any] = (), **more: Any) -> Job:
        return Job(id=JobId(self.new_id()), name=name, args=[*args], createdAt=self.now, **more)


class OneWatching(WatchingTarget):
    def __init__(
        self, engine: Engine, callback: rpc.Callback[[rpc.Arg[Event]], rpc.Promise[None]]
    ) -> None:
        self._engine, self._callback, self._count = engine, callback.dup(), 0
        engine.watching.append(self)

    async def tell(self, event: Event) -> None:
        self._count += 1
        await self._callback(event)

    @property
    def count(self) -> int:
        return self._count

    def stop(self) -> None:
        if self in self._engine.watching:
            self._engine.watching.remove(self)
            self._callback.dispose()

    def __exit__(self, *exc: object) -> None:
        self.stop()


class OneHandle(HandleTarget[T], Generic[T]):
    def __init__(self, engine: Engine, record: Record) -> None:
        self._engine, self._record = engine, record

    @property
    def id(self) -> JobId:
        return self._record.job.id

    @property
    def state(self) -> State:
        return self._record.state

    def job(self) -> Job:
        return self._record.job

    async def result(self) -> T:
        outcome = await self.outcome()
        if isinstance(outcome, Success):
            return outcome.value
        name = self._record.job.name
        raise RuntimeError(f"{name} failed: {outcome.message}" if outcome else f"no {name}")

    async def outcome(self, within: timedelta | None = None) -> Success[T] | Failure | None:
        seconds = None if within is None else within.total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._record.state not in ENDED:
                    await self._record.changed.wait()
        return self._record.outcome

    async def progress(self) -> AsyncIterator[Progress]:
        told = 0
        while True:
            changed = self._record.changed
            for progress in self._record.progress[told:]:
                yield progress
                told += 1
            if self._record.state in ENDED:
                return
            await changed.wait()

    def on_result(self, callback: rpc.Callback[[rpc.Arg[T]], rpc.Promise[None]]) -> "OneHandle[T]":
        self._record.callbacks.append(callback.dup())
        return self

    async def cancel(self, reason: str = "") -> bool:
        if self._record.state in ENDED:
            return False
        attempts = self._record.job.attempt + 1
        self._record.outcome = Failure(error="Cancelled", message=reason, attempts=attempts)
        await self._engine.set(self._record, State.CANCELLED)
        return True


class OneRecurring(RecurringTarget):
    def __init__(self, engine: Engine, name: str, schedule: Schedule, args: Sequence[Any]) -> None:
        self._engine, self._name, self._schedule, self._args = engine, name, schedule, args
        self._from = engine.now
        self._runs: list[JobId] = []
        engine.recurring.append(self)

    @property
    def schedule(self) -> Schedule:
        return self._schedule

    def _next(self, after: datetime) -> datetime | None:
        match self._schedule:
            case Once(at=at):
                return at if at > after else None
            case Every(interval=interval, until=until):
                following = after + interval
                return following if until is None or following <= until else None
            case Daily(at=at, except_on=exceptions):
                following = datetime.combine(after.date(), at, UTC)
                while following <= after or following.date() in exceptions:
                    following += timedelta(days=1)
                return following

    async def fill(self, end: datetime) -> None:
        while (following := self._next(self._from)) is not None and following <= end:
            job = self._engine.job(self._name, self._args, not_before=following)
            await self._engine.put(job)
            self._runs.append(job.id)
            self._from = following

    def runs(self) -> list[JobId]:
        return self._runs

    def last(self) -> OneHandle[int] | None:
        if not self._runs:
            return None
        return OneHandle(self._engine, self._engine.records[self._runs[-1]])

    def reschedule(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def stop(self) -> int:
        if self in self._engine.recurring:
            self._engine.recurring.remove(self)
        return len(self._runs)


class OneBatch(BatchTarget):
    def __init__(self, engine: Engine, queue: str) -> None:
        self._engine, self._queue = engine, queue
        self._jobs: list[tuple[str, tuple[int, ...]]] = []

    def add(self, name: str, *args: int) -> "OneBatch":
        self._jobs.append((name, args))
        return self

    @property
    def size(self) -> int:
        return len(self._jobs)

    async def submit(self) -> list[OneHandle[int]]:
        jobs, self._jobs = self._jobs, []
        made = [self._engine.job(name, args, queue=self._queue) for name, args in jobs]
        return [OneHandle(self._engine, await self._engine.put(job)) for job in made]

    async def total(self) -> OneHandle[int]:
        handles = await self.submit()
        record = await self._engine.put(self._engine.job("total", queue="totals"))

        async def sum_up() -> None:
            total = sum([await handle.result() for handle in handles])
            record.outcome = Success[Any](value=total, took=timedelta())
            await self._engine.set(record, State.DONE)

        self._task = asyncio.create_task(sum_up())
        return OneHandle(self._engine, record)


class OneLease(LeaseTarget):
    def __init__(self, engine: Engine, record: Record, duration: timedelta) -> None:
        self._engine, self._record = engine, record
        self._until = engine.now + duration

    @property
    def job(self) -> Job:
        return self._record.job

    def heartbeat(self, progress: Progress | None = None) -> bool:
        if progress is not None:
            self._record.progress.append(progress)
            self._engine.wake(self._record)
        return self._record.state is State.RUNNING

    def extend(self, by: timedelta) -> datetime:
        self._until += by
        return self._until

    async def complete(self, value: Any, *, cost: Decimal = Decimal(0)) -> None:
        if self._record.state is not State.RUNNING:
            raise RuntimeError(f"the job is {self._record.state.value}")
        took = self._engine.now - (self._record.started_at or self._engine.now)
        self._record.outcome = Success[Any](value=value, took=took, cost=cost)
        await self._engine.set(self._record, State.DONE)

    async def fail(self, failure: Failure, *, retry: bool = True) -> State:
        record = self._record
        attempt = record.job.attempt + 1
        record.job = record.job.model_copy(update={"attempt": attempt})
        if retry and attempt < record.job.retry.attempts:
            record.due_at = self._engine.now + record.job.retry.delay(attempt)
            await self._engine.set(record, State.SCHEDULED)
        else:
            record.outcome = failure.model_copy(update={"attempts": attempt})
            await self._engine.set(record, State.FAILED)
        return record.state

    async def __aexit__(self, *exc: object) -> None:
        if self._record.state is State.RUNNING:  # it was given up
            await self._engine.set(self._record, State.QUEUED)


class Viewer(ObservableTarget):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def now(self) -> datetime:
        return self._engine.now

    def stats(self) -> dict[str, QueueStats]:
        found: dict[str, QueueStats] = {}
        for record in self._engine.records.values():
            queue = record.job.queue
            before = found.get(queue) or QueueStats(
                waiting=0, running=0, done=0, failed=0, paused=queue in self._engine.paused
            )
            names = {State.RUNNING: "running", State.DONE: "done", State.FAILED: "failed"}
            name = names.get(record.state, "waiting")
            found[queue] = before.model_copy(update={name: getattr(before, name) + 1})
            if name == "waiting":
                age = self._engine.now - record.job.created_at
                oldest = max(age, found[queue].oldest or age)
                found[queue] = found[queue].model_copy(update={"oldest": oldest})
        return found

    def state_of(self, *jobs: JobId) -> list[State | None]:
        found = [self._engine.records.get(job) for job in jobs]
        return [record.state if record else None for record in found]

    def on_event(
        self, callback: rpc.Callback[[rpc.Arg[Event]], rpc.Promise[None]]
    ) -> OneWatching:
        return OneWatching(self._engine, callback)


class Producer(Viewer, ProducerApiTarget):
    async def enqueue(
        self,
        name: str,
        /,
        args: Sequence[Any] = (),
        *,
        queue: str = "default",
        priority: Priority = Priority.NORMAL,
        delay: timedelta | None = None,
        at: datetime | None = None,
        timeout: timedelta | None = None,
        retry: Retry | None = None,
        idempotency_key: UUID | None = None,
    ) -> OneHandle[Any]:
        known = self._engine.keys.get(idempotency_key) if idempotency_key else None
        if known is not None:
            return OneHandle(self._engine, self._engine.records[known])
        job = self._engine.job(
            name,
            args,
            queue=queue,
            priority=priority,
            timeout=timeout,
            retry=retry or Retry(),
            not_before=self._engine.now + delay if delay else at,
        )
        if idempotency_key:
            self._engine.keys[idempotency_key] = job.id
        return OneHandle(self._engine, await self._engine.put(job))

    async def _typed(self, kind: type[T], name: str, *args: Any) -> OneHandle[T]:
        return OneHandle[T](self._engine, await self._engine.put(self._engine.job(name, args)))

    async def add(self, a: int, b: int) -> OneHandle[int]:
        return await self._typed(int, "add", a, b)

    async def invoice(
        self, amounts: Sequence[Decimal], tax: Decimal = Decimal(0)
    ) -> OneHandle[Decimal]:
        return await self._typed(Decimal, "invoice", [*map(str, amounts)], str(tax))

    async def digest(self, data: AsyncIterator[bytes]) -> OneHandle[str]:
        made = hashlib.sha256()
        async for chunk in data:
            made.update(chunk)
        return await self._typed(str, "digest", made.hexdigest())

    async def first(self, handles: Sequence[HandleStub[T, rpc.Promise[T]]]) -> HandleStub[T, rpc.Promise[T]]:
        async def ended(handle: HandleStub[T, rpc.Promise[T]]) -> HandleStub[T, rpc.Promise[T]]:
            await handle.outcome()
            return handle.dup()

        waiting = [asyncio.ensure_future(ended(handle)) for handle in handles]
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        return done.pop().result()

    def batch(self, queue: str = "default") -> OneBatch:
        return OneBatch(self._engine, queue)

    def schedule(self, name: str, schedule: Schedule, *args: Any) -> OneRecurring:
        return OneRecurring(self._engine, name, schedule, args)

    def find(self, job: JobId) -> OneHandle[Any] | None:
        record = self._engine.records.get(job)
        return OneHandle(self._engine, record) if record else None


class Worker(Viewer, WorkerApiTarget):
    async def _take(self, queues: Sequence[str], duration: timedelta) -> OneLease | None:
        record = self._engine.take(queues or ["default"])
        if record is None:
            return None
        record.started_at = self._engine.now
        await self._engine.set(record, State.RUNNING)
        return OneLease(self._engine, record, duration)

    async def lease(
        self, *queues: str, duration: timedelta = timedelta(minutes=1)
    ) -> OneLease | None:
        return await self._take(queues, duration)

    async def leases(
        self, queues: list[str], *, at_most: int | None = None
    ) -> AsyncIterator[OneLease]:
        given = 0
        while at_most is None or given < at_most:
            changed = self._engine.changed
            lease = await self._take(queues, timedelta(minutes=1))
            if lease is None:
                await changed.wait()
            else:
                given += 1
                yield lease

    async def serve(self, queue: str, run: Runner, *, jobs: int = 1) -> int:
        succeeded = 0
        async for lease in self.leases([queue], at_most=jobs):
            try:
                value = await run(lease.job)
            except rpc.RemoteError as error:
                failure = Failure(error=error.name, message=error.message, attempts=1)
                await lease.fail(failure)
            else:
                await lease.complete(value, cost=Decimal("0.01"))
                succeeded += 1
        return succeeded

    def register(self, name: str) -> UUID:
        return self._engine.workers.setdefault(name, self._engine.new_id())


class Administrator(Producer, Worker, AdminApiTarget):
    def pause(self, queue: str) -> bool:
        before = queue in self._engine.paused
        self._engine.paused.add(queue)
        return not before

    def resume(self, queue: str) -> bool:
        before = queue in self._engine.paused
        self._engine.paused.discard(queue)
        return before

    def purge(self, queue: str, *, older_than: timedelta | None = None) -> int:
        latest = self._engine.now - (older_than or timedelta())
        gone = [
            job
            for job, record in self._engine.records.items()
            if record.job.queue == queue
            and record.state in ENDED
            and record.job.created_at <= latest
        ]
        for job in gone:
            del self._engine.records[job]
        return len(gone)

    def dead(self) -> list[Job]:
        records = self._engine.records.values()
        return [record.job for record in records if record.state is State.FAILED]

    async def retry_dead(self, *jobs: JobId) -> list[OneHandle[Any]]:
        again = [self._engine.records[job] for job in jobs]
        for record in again:
            record.outcome = None
            record.job = record.job.model_copy(update={"attempt": 0})
            await self._engine.set(record, State.QUEUED)
        return [OneHandle(self._engine, record) for record in again]

    def costs(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for record in self._engine.records.values():
            if isinstance(record.outcome, Success):
                queue = record.job.queue
                found[queue] = found.get(queue, Decimal(0)) + record.outcome.cost
        return found

    def budget(self, limit: Decimal | None) -> Decimal | None:
        before, self._engine.limit = self._engine.limit, limit
        return before

    async def advance(self, by: timedelta) -> list[Event]:
        return await self._engine.advance(by)

    def workers(self) -> dict[str, UUID]:
        return self._engine.workers

    async def export(self, *states: State) -> AsyncIterator[Job]:
        for record in list(self._engine.records.values()):
            if not states or record.state in states:
                yield record.job


class Service(JobsTarget):
    def __init__(self) -> None:
        self._engine = Engine()

    def produce(self) -> Producer:
        return Producer(self._engine)

    def work(self, name: str) -> Worker:
        worker = Worker(self._engine)
        worker.register(name)
        return worker

    def administer(self, password: str) -> Administrator:
        if password != "root":
            raise PermissionError("not you")
        return Administrator(self._engine)


