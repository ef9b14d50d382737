"""What producers, workers and administrators do."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID

import capnweb_runtime as rpc
from jobs.api_rpc import (
    AdminApiPromise,
    JobsStub,
    LeasePromise,
    LeaseStub,
    ProducerApiPromise,
    WorkerApiPromise,
)
from jobs.handles_rpc import BatchPromise, HandlePromise, HandleStub, JobPromise
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
    Retry,
    State,
    Success,
)
from jobs_server import Service

STUB = JobsStub
TARGET = Service

SECOND = timedelta(seconds=1)


async def use(jobs: JobsStub) -> None:
    try:
        await jobs.administer("guess").dead()
    except PermissionError as error:
        assert str(error) == "not you"
    else:
        raise AssertionError("anybody")
    with (
        jobs.produce() as producer,
        jobs.work("w1") as worker,
        jobs.administer("root") as admin,
    ):
        assert_type(producer, ProducerApiPromise)
        await typed_results(producer, worker)
        await heartbeats(producer, worker)
        await failures(producer, worker, admin)
        await serving(producer, worker)
        await time_passes(producer, admin)
        await recurring(producer, admin)
        await batches(producer, worker)
        await administration(producer, worker, admin)


async def typed_results(producer: ProducerApiPromise, worker: WorkerApiPromise) -> None:
    sum_of = producer.add(19, 23)
    assert_type(sum_of, HandlePromise[int, rpc.Promise[int]])
    total = producer.invoice([Decimal("19.99"), Decimal("0.01")], Decimal("0.19"))
    assert_type(total, HandlePromise[Decimal, rpc.Promise[Decimal]])

    async def data() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"bc"

    with sum_of, total, producer.digest(data()) as digest:
        assert isinstance(await sum_of.id, UUID)
        assert await sum_of.state is State.QUEUED
        heard: list[int] = []
        with sum_of.on_result(lambda value: heard.append(value)) as again:
            assert await again.id == await sum_of.id
        waiting = asyncio.ensure_future(sum_of.result())
        for _ in range(3):
            await work_once(worker)
        assert await waiting == 42
        assert heard == [42]
        # A result that is a Decimal here, and one of its own as an argument there.
        assert assert_type(await total.result(), Decimal) == Decimal("23.8000")
        assert (await digest.result()).startswith("ba7816bf")
        outcome = await total.outcome()
        assert_type(outcome, Success[Decimal] | Failure | None)
        assert outcome == Success[Decimal](
            value=Decimal("23.8000"), took=timedelta(), cost=Decimal("0.5")
        )
        assert await producer.add(sum_of.result(), 0).job().args == [42, 0]
        with producer.add(1, 1) as slow, await producer.first([slow, sum_of]) as first:
            assert_type(first, HandleStub[int, rpc.Promise[int]])
            assert await first.result() == 42
            await slow.cancel()
        assert not await sum_of.cancel()
        await work_once(worker)


async def work_once(worker: WorkerApiPromise) -> None:
    """Do the next job."""
    with worker.lease() as found:
        assert_type(found, rpc.OptionalPromise[LeaseStub, LeasePromise])
        lease = await found
        assert lease is not None
        job = await lease.job
        await lease.complete(value_of(job), cost=Decimal("0.5"))


def value_of(job: Job) -> object:
    match job:
        case Job(name="add", args=[int(a), int(b)]):
            return a + b
        case Job(name="invoice", args=[amounts, tax]):
            return sum(map(Decimal, amounts)) * (1 + Decimal(tax))
        case _:
            return job.args[0]


async def heartbeats(producer: ProducerApiPromise, worker: WorkerApiPromise) -> None:
    with producer.enqueue("long", [{"any": ["thing", 1.5, None]}]) as handle:
        assert_type(handle, HandlePromise[Any, rpc.Promise[Any]])
        job = handle.job()
        assert_type(job, JobPromise)
        assert (await job).args == [{"any": ["thing", 1.5, None]}]
        watching = asyncio.ensure_future(notes(handle.progress()))
        lease = worker.lease(duration=10 * SECOND)
        with lease:
            there = lease.some
            assert await there.heartbeat(Progress(done=1, of=2, note="half"))
            assert await there.heartbeat()
            assert await there.extend(SECOND) == await worker.now + 11 * SECOND
            assert await handle.outcome(timedelta(0)) is None
            assert await handle.cancel("too long")
            assert not await there.heartbeat(Progress(done=2, of=2))
            try:
                await there.complete("anyway")
            except rpc.RemoteError as error:
                assert error.message == "the job is cancelled"
            else:
                raise AssertionError("it was cancelled")
        assert await watching == ["half"]
        try:
            await handle.result()
        except rpc.RemoteError as error:
            assert (error.name, error.message) == ("RuntimeError", "long failed: too long")
        else:
            raise AssertionError("it was cancelled")
    # A lease that is given up gives its job back.
    with producer.enqueue("back", queue="other") as handle:
        with await worker.lease("other").some:
            assert await handle.state is State.RUNNING
        while await handle.state is not State.QUEUED:
            await worker.now
        await handle.cancel()


async def notes(stream: rpc.StreamPromise[Progress]) -> list[str]:
    return [progress.note async for progress in stream]


async def failures(
    producer: ProducerApiPromise, worker: WorkerApiPromise, admin: AdminApiPromise
) -> None:
    retry = Retry(attempts=2, backoff=5 * SECOND, factor=Decimal("1.5"))
    with producer.enqueue("flaky", retry=retry, queue="flaky") as handle:
        cause = Failure(error="OSError", message="no route", attempts=1)
        failure = Failure(error="ValueError", message="bad", attempts=1, causedBy=cause)
        assert await worker.lease("flaky").some.fail(failure) is State.SCHEDULED
        assert await worker.lease("flaky") is None, "not before the delay"
        assert [event.state for event in await admin.advance(5 * SECOND)] == [State.QUEUED]
        assert await worker.lease("flaky").some.fail(failure) is State.FAILED
        outcome = await handle.outcome()
        assert isinstance(outcome, Failure)
        assert (outcome.attempts, outcome.caused_by) == (2, cause)
        dead = admin.dead()
        assert [job.name for job in await dead] == ["flaky"]
        # Which are dead is not known here: their ids go from one call to the next.
        again = admin.retry_dead(dead[0].id)
        assert await again.map(lambda each: each.state) == [State.QUEUED]
        await worker.lease("flaky").some.complete("fine")
        assert await again[0].result() == "fine"
        again.dispose()


async def serving(producer: ProducerApiPromise, worker: WorkerApiPromise) -> None:
    async def run(job: Job) -> Any:
        if job.name == "divide":
            return job.args[0] / job.args[1]
        raise LookupError(job.name)

    handles = [
        producer.enqueue("divide", [6, 3], queue="math"),
        producer.enqueue("divide", [1, 0], queue="math", retry=Retry(attempts=1)),
        producer.enqueue("unknown", queue="math", retry=Retry(attempts=1)),
    ]
    assert await worker.serve("math", run, jobs=3) == 1
    assert await handles[0].result() == 2
    outcomes = await asyncio.gather(*(handle.outcome() for handle in handles[1:]))
    assert [each.error for each in outcomes if isinstance(each, Failure)] == [
        "ZeroDivisionError",
        "LookupError",
    ]
    # The most urgent first; a stream of leases, each of them a capability.
    for priority in (Priority.LOW, Priority.HIGH, Priority.NORMAL):
        handles.append(producer.enqueue(priority.name, queue="urgent", priority=priority))
    order: list[str] = []
    async for lease in worker.leases(["urgent"], at_most=3):
        assert_type(lease, LeaseStub)
        order.append(await lease.job.name)
        await lease.complete(None)
        lease.dispose()
    assert order == ["HIGH", "NORMAL", "LOW"]
    for handle in handles:
        handle.dispose()


async def time_passes(producer: ProducerApiPromise, admin: AdminApiPromise) -> None:
    events: list[Event] = []
    key = UUID("12345678-1234-5678-1234-567812345678")
    with admin.on_event(lambda event: events.append(event)) as watching:
        soon = producer.enqueue("soon", delay=10 * SECOND, idempotency_key=key)
        at = await producer.now + timedelta(minutes=1)
        later = producer.enqueue("later", at=at, timeout=timedelta(milliseconds=1500))
        with soon, later, producer.enqueue("soon", idempotency_key=key) as same:
            assert await same.id == await soon.id
            assert (await later.job()).timeout == 1.5 * SECOND
            assert [event.job for event in await admin.advance(30 * SECOND)] == [await soon.id]
            assert await producer.state_of(soon.id, later.id, JobId(UUID(int=0))) == [
                State.QUEUED,
                State.SCHEDULED,
                None,
            ]
            await admin.advance(30 * SECOND)
            assert await later.state is State.QUEUED
            assert all(await asyncio.gather(soon.cancel(), later.cancel()))
        assert await watching.count == 6
    assert events[-3].at == at
    ids = {event.job for event in events}
    assert len(ids) == 2


async def recurring(producer: ProducerApiPromise, admin: AdminApiPromise) -> None:
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    with producer.schedule("tick", Every(interval=timedelta(hours=6))) as ticks:
        assert await ticks.last() is None
        await admin.advance(timedelta(hours=13))
        assert len(await ticks.runs()) == 2
        assert await ticks.last().map(lambda handle: handle.job().name) == "tick"
        daily = Daily(at=time(8, 30), except_on=[date(2026, 1, 3)])
        await ticks.reschedule(daily)
        assert await ticks.schedule == daily
        await admin.advance(timedelta(days=3))
        runs = await ticks.runs()
        found = [await producer.find(run).some.job().not_before for run in runs[2:]]
        assert [each and (each.day, each.hour) for each in found] == [(2, 8), (4, 8)]
        assert await ticks.stop() == 4
    once = Once(at=midnight + timedelta(days=10))
    with producer.schedule("once", once, "with", ["args"]) as one:
        await admin.advance(timedelta(days=30))
        assert len(await one.runs()) == 1
        args = await one.last().some.job().args
        assert args == ["with", ["args"]]


async def batches(producer: ProducerApiPromise, worker: WorkerApiPromise) -> None:
    async def run(job: Job) -> int:
        return sum(job.args)

    with producer.batch("sums") as batch:
        assert_type(batch.add("sum", 1), BatchPromise)
        assert await batch.add("sum", 1).add("sum", 2, 3).size == 3
        with batch.total() as total:
            assert await worker.serve("sums", run, jobs=3) == 3
            assert await total.result() == 7
        submitted = batch.add("sum", 4).add("sum", 5).submit()
        with submitted:
            assert await worker.serve("sums", run, jobs=2) == 2
            assert await submitted.map(lambda handle: handle.result()) == [4, 5]
            assert_type(await submitted, list[HandleStub[int, rpc.Promise[int]]])


async def administration(
    producer: ProducerApiPromise, worker: WorkerApiPromise, admin: AdminApiPromise
) -> None:
    assert await admin.pause("slow")
    assert not await admin.pause("slow")
    with producer.enqueue("late", queue="slow") as handle:
        assert await worker.lease("slow") is None
        stats = admin.stats()
        assert (await stats)["slow"].paused
        assert await stats["slow"].waiting == 1
        await admin.advance(SECOND)
        assert await admin.stats()["slow"].oldest == SECOND
        assert await admin.resume("slow")
        await worker.lease("slow").some.complete(1, cost=Decimal("0.10"))
        assert await handle.result() == 1
    # An administrator is a producer and a worker.
    with admin.add(1, 1) as handle:
        assert await admin.purge("slow", older_than=timedelta(days=1)) == 0
        assert await admin.purge("slow") == 1
        assert "slow" not in await admin.stats()
        await handle.cancel()
    costs = await admin.costs()
    assert costs == {
        "default": Decimal("2.0"),
        "flaky": Decimal(0),
        "math": Decimal("0.01"),
        "urgent": Decimal(0),
        "totals": Decimal(0),
        "sums": Decimal("0.05"),
    }
    assert await admin.budget(Decimal("100.00")) is None
    assert await admin.budget(None) == Decimal("100.00")
    assert (await admin.workers())["w1"] == await worker.register("w1")
    cancelled = [job.name async for job in admin.export(State.CANCELLED)]
    assert cancelled == ["add", "long", "back", "soon", "later", "add"]
    try:
        await admin.pause("No Queue")
    except TypeError as error:
        assert "AdminApi.pause(queue)" in str(error)
    else:
        raise AssertionError("no such name")
