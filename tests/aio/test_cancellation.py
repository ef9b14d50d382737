"""Who gives up waiting is heard at the other side (docs/decisions/06-cancellation.md)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from tests.aio.pairs import joined, quiet


class Api(rpc.Target):
    """Notes what becomes of its handlers: `name+` begun, `name-` done, `name!` cancelled."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.gate = asyncio.Event()
        self.rollback = asyncio.Event()

    @asynccontextmanager
    async def noted(self, name: str) -> AsyncIterator[None]:
        self.log.append(f"{name}+")
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            self.log.append(f"{name}!")
            raise
        self.log.append(f"{name}-")

    async def slow(self, value: object = "slow") -> object:
        async with self.noted("slow"):
            await self.gate.wait()
            return value

    async def first(self) -> "Api":
        async with self.noted("first"):
            await self.gate.wait()
            return self

    async def second(self) -> "Api":
        async with self.noted("second"):
            await self.gate.wait()
            return self

    async def soon(self) -> "Api":
        return self

    async def numbers(self) -> list[int]:
        async with self.noted("numbers"):
            return [1, 2]

    async def slow_numbers(self) -> list[int]:
        async with self.noted("slow_numbers"):
            await self.gate.wait()
            return [1, 2]

    async def use(self, value: object) -> object:
        async with self.noted("use"):
            return value

    async def call(self, function: rpc.DynamicStub) -> object:
        async with self.noted("call"):
            return await function()

    def forward(self, function: rpc.DynamicStub) -> object:
        return function()

    async def count(self) -> AsyncIterator[int]:
        async with self.noted("count"):
            yield 1
            yield 2
            await self.gate.wait()
            yield 3
            await asyncio.Event().wait()

    def sink(self) -> rpc.Sink:
        return Busy(self)

    async def swallow(self) -> str:
        async with self.noted("swallow"):
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.log.append("swallowed")
        return "all the same"

    async def lingering(self) -> None:
        try:
            await self.gate.wait()
        finally:
            await self.rollback.wait()
            self.log.append("lingered")


Test = Callable[[Api, Any], Awaitable[None]]


def run(test: Test) -> None:
    """Run a test with an Api and a client's stub of it; both sides' tables are checked after it."""

    async def main() -> None:
        target = Api()
        async with joined(target) as (api, _):
            await test(target, api)
            del api

    virtual_time.run(main())


def task_of(awaitable: Awaitable[object]) -> asyncio.Future[object]:
    return asyncio.ensure_future(awaitable)


async def cancelled(*tasks: asyncio.Future[object]) -> None:
    """Once all of them run as far as they can, cancel them, in order."""
    await quiet()
    for task in tasks:
        task.cancel()
    for task in tasks:
        with pytest.raises(asyncio.CancelledError):
            await task
    await quiet()


def test_a_promise_that_nobody_has() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.slow()))
        assert target.log == ["slow+", "slow!"]

    run(test)


def test_a_promise_that_is_kept() -> None:
    """It is released at once, and says what became of it."""

    async def test(target: Api, api: Any) -> None:
        promise = api.slow()
        await cancelled(task_of(promise))
        assert target.log == ["slow+", "slow!"]
        for _ in range(2):
            with pytest.raises(rpc.DisposedError, match="given up: who awaited it was cancelled"):
                await promise
        with pytest.raises(rpc.DisposedError, match="given up"):
            await promise.later()
        promise.dispose()

    run(test)


def test_an_exception_that_is_kept_keeps_nothing_else() -> None:
    """The frames in a traceback hold the promise."""

    async def test(target: Api, api: Any) -> None:
        async def caller() -> None:
            promise = api.slow()
            async with asyncio.timeout(5):
                await promise

        errors: list[BaseException] = []
        try:
            await caller()
        except TimeoutError as error:
            errors.append(error)
        await quiet()
        assert target.log == ["slow+", "slow!"]
        assert errors[0].__traceback__ is not None

    run(test)


def test_two_tasks_that_await_one_promise() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.slow(5)
        one, other = task_of(promise), task_of(promise)
        await cancelled(one)
        assert target.log == ["slow+"]
        target.gate.set()
        assert await other == 5
        assert await promise == 5
        target.gate.clear()
        promise = api.slow(5)
        one, other = task_of(promise), task_of(promise)
        await cancelled(one, other)
        assert target.log == ["slow+", "slow-", "slow+", "slow!"]

    run(test)


def test_a_duplicate_keeps_the_call() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.slow(5)
        with promise.dup() as duplicate:
            await cancelled(task_of(promise))
            assert target.log == ["slow+"]
            target.gate.set()
            assert await duplicate == 5

    run(test)


def test_a_shield_keeps_the_call() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.slow(5)
        shielded = task_of(promise)

        async def caller() -> object:
            return await asyncio.shield(shielded)

        await cancelled(task_of(caller()))
        target.gate.set()
        assert await shielded == 5
        assert target.log == ["slow+", "slow-"]

    run(test)


def test_cancelled_when_the_value_is_there_already() -> None:
    """What came is in use by others, and stays."""

    async def test(target: Api, api: Any) -> None:
        promise = api.soon()
        got = task_of(promise)
        late = task_of(promise)
        stub: Any = await got
        late.cancel()
        await asyncio.wait([late])
        assert await (await promise).use(1) == 1
        assert await stub.use(2) == 2
        promise.dispose()

    run(test)


def test_a_chain() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.first().second().slow()))
        assert target.log == ["first+", "first!"]

    run(test)


def test_a_chain_half_way() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.soon().second().slow()))
        assert target.log == ["second+", "second!"]
        target.gate.set()
        await quiet()
        assert target.log == ["second+", "second!"]

    run(test)


def test_a_chain_whose_links_are_kept() -> None:
    async def test(target: Api, api: Any) -> None:
        first = api.first()
        with first:
            second = first.second()
            await cancelled(task_of(second))
            assert target.log == ["first+"], "there is still somebody who has it"
        await quiet()
        assert target.log == ["first+", "first!"]

    run(test)


def test_a_call_for_its_effect_runs_on() -> None:
    async def test(target: Api, api: Any) -> None:
        first = api.first()
        first.use("for its effect")
        await cancelled(task_of(first))
        assert target.log == ["first+"]
        del first
        target.gate.set()
        await quiet()
        assert target.log == ["first+", "first-", "use+", "use-"]

    run(test)


def test_a_property() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.slow({"a": 1})
        await cancelled(task_of(promise.a))
        assert target.log == ["slow+"], "the whole has not been given up"
        target.gate.set()
        assert await promise.a == 1
        promise.dispose()
        target.gate.clear()
        await cancelled(task_of(api.first().name))
        assert target.log == ["slow+", "slow-", "first+", "first!"]

    run(test)


def test_a_promise_that_is_an_argument() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.use(api.slow())))
        assert target.log == ["slow+", "slow!"]

    run(test)


def test_arguments_of_arguments() -> None:
    """In a chain that is longer than Python's stack."""

    async def test(target: Api, api: Any) -> None:
        promise = api.slow()
        for _ in range(2000):
            promise = api.use(promise)
        await cancelled(task_of(promise))
        del promise
        await quiet()
        assert target.log == ["slow+", "slow!"]

    run(test)


def test_a_call_for_its_effect_keeps_its_arguments() -> None:
    async def test(target: Api, api: Any) -> None:
        api.use(api.slow())
        await quiet()
        target.gate.set()
        await quiet()
        assert target.log == ["slow+", "slow-", "use+", "use-"]

    run(test)


def test_a_map_of_what_is_not_there_yet() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.slow_numbers().map(api.slow)))
        assert target.log == ["slow_numbers+", "slow_numbers!"]

    run(test)


def test_a_map_that_runs() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.numbers().map(api.slow)
        await cancelled(task_of(promise))
        assert target.log[-4:] == ["slow+", "slow+", "slow!", "slow!"]
        with pytest.raises(rpc.DisposedError, match="given up"):
            await promise

    run(test)


def test_a_local_call() -> None:
    """What is here is given up in the same way."""

    async def main() -> None:
        target = Api()
        with rpc.stub_of(target) as api:
            await cancelled(task_of(api.first().slow()))
        assert target.log == ["first+", "first!"]

    virtual_time.run(main())


async def in_group(*awaitables: Awaitable[object]) -> None:
    async with asyncio.TaskGroup() as group:
        for awaitable in awaitables:
            group.create_task(asyncio.wait_for(awaitable, None))


@pytest.mark.parametrize("how", ["cancel", "timeout", "wait_for", "gather", "group", "dispose"])
def test_ways_to_give_up(how: str) -> None:
    async def give_up(api: Any) -> None:
        promise = api.slow()
        match how:
            case "cancel":
                await cancelled(task_of(promise))
            case "timeout":
                async with asyncio.timeout(30) as scope:
                    with pytest.raises(asyncio.CancelledError):
                        await promise
                assert scope.expired()
            case "wait_for":
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(promise, 30)
            case "gather":
                await cancelled(task_of(asyncio.gather(promise, api.slow())))
            case "group":
                with pytest.raises(ExceptionGroup):
                    await in_group(promise, api.nothing_of_this_name())
            case _:
                waiting = task_of(promise)
                await quiet()
                promise.dispose()
                with pytest.raises(rpc.DisposedError, match="before its value came"):
                    await waiting

    async def test(target: Api, api: Any) -> None:
        await give_up(api)
        await quiet()
        count = 2 if how == "gather" else 1
        assert target.log == ["slow+"] * count + ["slow!"] * count

    run(test)


def test_a_stream_that_is_broken_off() -> None:
    async def test(target: Api, api: Any) -> None:
        async def read() -> None:
            async for number in await api.count():
                if number == 2:
                    break

        await read()
        await quiet()
        assert target.log == ["count+"]
        target.gate.set()  # no message of the protocol is there to tell it before its next chunk
        await quiet()
        assert target.log == ["count+", "count!"]

    run(test)


def test_a_stream_whose_reader_is_cancelled() -> None:
    async def test(target: Api, api: Any) -> None:
        read: list[int] = []

        async def reader() -> None:
            async with await api.count() as numbers:
                async for number in numbers:
                    read.append(number)  # noqa: PERF401 (what has been read when it is cancelled)

        await cancelled(task_of(reader()))
        target.gate.set()
        await quiet()
        assert (read, target.log) == ([1, 2], ["count+", "count!"])

    run(test)


class Busy(rpc.Sink):
    """Takes its time for the first chunk."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @override
    async def write(self, chunk: object, /) -> None:
        async with self._api.noted(f"write {chunk}"):
            await self._api.gate.wait()

    @override
    async def abort(self, reason: BaseException, /) -> None:
        self._api.log.append(f"abort: {reason}")


def test_a_writer_that_is_cancelled() -> None:
    """It does not wait for the sink, which is told in its turn."""

    async def test(target: Api, api: Any) -> None:
        async def write() -> None:
            async with await api.sink() as writer:
                await writer.write(1)
                await asyncio.Event().wait()

        await cancelled(task_of(write()))
        assert target.log == ["write 1+"]
        target.gate.set()
        await quiet()
        assert target.log == ["write 1+", "write 1-", "abort: CancelledError: "]

    run(test)


def test_a_handler_that_calls_back() -> None:
    """Cancellation travels on: here to the function that the client has passed."""

    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.call(target.slow)))
        assert target.log == ["call+", "slow+", "call!", "slow!"]

    run(test)


def test_a_handler_that_passes_a_promise_on() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.forward(target.slow)))
        assert target.log == ["slow+", "slow!"]

    run(test)


class Middle(rpc.Target):
    """Does nothing of its own."""

    def __init__(self, far: rpc.DynamicStub) -> None:
        self._far = far

    async def awaited(self) -> object:
        return await self._far.slow()

    def passed_on(self) -> object:
        return self._far.slow()


def test_a_third_party() -> None:
    async def main() -> None:
        owner = Api()
        async with joined(owner) as (far, _), joined(Middle(far)) as (api, _):
            await cancelled(task_of(api.awaited()))
            await cancelled(task_of(api.passed_on()))
            assert owner.log == ["slow+", "slow!"] * 2
            del far, api

    virtual_time.run(main())


def test_a_handler_that_swallows_it() -> None:
    """It goes on, for nobody; what it gives is dropped."""

    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.swallow()))
        assert target.log == ["swallow+", "swallowed", "swallow-"]
        assert await api.use(1) == 1

    run(test)


def test_a_handler_that_is_slow_to_end() -> None:
    async def test(target: Api, api: Any) -> None:
        await cancelled(task_of(api.lingering()))
        assert target.log == []
        target.rollback.set()
        await quiet()
        assert target.log == ["lingered"]

    run(test)
