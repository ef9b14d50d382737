"""Timeouts of calls, for a whole session (`call_timeout`) and for one call (`within`)."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.testing import virtual_time
from capnweb_runtime.testing.virtual_time import elapse
from tests.aio.pairs import quiet


class Api(rpc.Target):
    def __init__(self) -> None:
        self.log: list[str] = []

    async def slow(self, seconds: float) -> float:
        try:
            await elapse(seconds)
        except asyncio.CancelledError:
            self.log.append(f"slow({seconds}) cancelled at {now():g}")
            raise
        return seconds

    async def this(self, seconds: float) -> "Api":
        await self.slow(seconds)
        return self

    def times(self) -> list[float]:
        return [1.0, 40.0]


def now() -> float:
    return asyncio.get_running_loop().time()


Test = Callable[[Api, Any], Awaitable[None]]


def run(test: Test, call_timeout: float | None = 30) -> None:
    """Run a test with an Api and a client's stub of it, whose calls may take 30 seconds."""

    async def main() -> None:
        target = Api()
        near, far = rpc.memory_pair()
        server = rpc.accept(far, target)
        session = rpc.Session(near, rpc.DynamicStub, None, Options(call_timeout=call_timeout))
        await test(target, session.main)
        await quiet()
        assert (session.stats(), server.stats()) == ((1, 1), (1, 1)), "a leak"
        await session.aclose()
        await server.wait_closed()
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"

    virtual_time.run(main())


def test_a_call_that_takes_too_long() -> None:
    """The server's handler gets CancelledError."""

    async def test(target: Api, api: Any) -> None:
        promise = api.slow(40)
        await elapse(5)
        with pytest.raises(rpc.CallTimeoutError, match="no answer came within 30 s") as caught:
            await promise
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.seconds == 30
        assert now() == 35, "the clock begins when it is awaited"
        await quiet()
        assert target.log == ["slow(40) cancelled at 35"]

    run(test)


def test_many_calls_one_timer() -> None:
    async def test(target: Api, api: Any) -> None:
        results = await asyncio.gather(
            *(api.slow(seconds) for seconds in (1, 29, 31, 90)), return_exceptions=True
        )
        assert results[:2] == [1, 29]
        assert [type(each) for each in results[2:]] == [rpc.CallTimeoutError] * 2
        assert await api.slow(29.5) == 29.5
        with pytest.raises(rpc.CallTimeoutError):
            await api.slow(50)
        assert now() == 30 + 29.5 + 30

    run(test)


def test_a_chain_that_takes_too_long() -> None:
    async def test(target: Api, api: Any) -> None:
        with pytest.raises(rpc.CallTimeoutError):
            await api.this(20).this(20).this(20)
        await quiet()
        assert target.log == ["slow(20) cancelled at 30"]

    run(test)


def test_what_depends_on_a_call_that_took_too_long() -> None:
    """A call that was sent goes on; one that is made later fails in the same way."""

    async def test(target: Api, api: Any) -> None:
        base = api.this(40)
        dependent = base.slow(1)
        with pytest.raises(rpc.CallTimeoutError):
            await base
        with pytest.raises(rpc.CallTimeoutError):
            await base.slow(1)
        assert await dependent == 1
        assert (now(), target.log) == (41, [])

    run(test)


def test_a_map_of_which_a_part_is_late() -> None:
    async def test(target: Api, api: Any) -> None:
        with pytest.raises(rpc.CallTimeoutError):
            await api.times().map(api.slow)
        await quiet()
        assert (now(), target.log) == (30, ["slow(40.0) cancelled at 30"])

    run(test)


def test_a_timeout_of_one_call() -> None:
    async def test(target: Api, api: Any) -> None:
        promise = api.slow(40)
        await elapse(3)
        with pytest.raises(rpc.CallTimeoutError, match="no answer came within 5 s"):
            await rpc.within(5, promise)
        await quiet()
        assert (now(), target.log) == (8, ["slow(40) cancelled at 8"])
        assert await rpc.within(5, api.slow(4)) == 4

    for call_timeout in (None, 30):
        run(test, call_timeout)


def test_a_call_that_may_take_longer_than_others() -> None:
    async def test(target: Api, api: Any) -> None:
        assert await rpc.within(60, api.slow(50)) == 50
        assert await rpc.within(None, api.slow(500)) == 500
        assert await rpc.within(math.inf, api.slow(500)) == 500
        assert await rpc.within(60, api.times().map(api.slow)) == [1, 40]
        with pytest.raises(rpc.CallTimeoutError, match="60 s"):
            await rpc.within(60, api.slow(70).name)

    run(test)


def test_timeouts_within_timeouts() -> None:
    async def test(target: Api, api: Any) -> None:
        async with asyncio.timeout(10) as scope:
            with pytest.raises(asyncio.CancelledError):
                await rpc.within(20, api.slow(100))
        assert scope.expired()
        async with asyncio.timeout(20) as scope:
            with pytest.raises(rpc.CallTimeoutError):
                await rpc.within(10, api.slow(100))
        assert not scope.expired()
        assert now() == 20

    run(test)


def test_a_timeout_that_is_the_answer() -> None:
    """One that the value itself ends with is not taken for another."""

    async def test(target: Api, api: Any) -> None:
        promise = api.slow(100)
        with pytest.raises(rpc.CallTimeoutError):
            await promise
        with pytest.raises(rpc.CallTimeoutError, match="30 s"):
            await rpc.within(5, promise)

    run(test)


def test_cancelled_while_there_is_time() -> None:
    async def test(target: Api, api: Any) -> None:
        task = asyncio.ensure_future(rpc.within(20, api.slow(100)))
        await elapse(7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await quiet()
        assert target.log == ["slow(100) cancelled at 7"]

    run(test)


def test_a_timeout_reaches_the_caller_of_the_caller() -> None:
    """As an error of that name."""

    class Middle(rpc.Target):
        def __init__(self, api: Any) -> None:
            self._api = api

        def forward(self) -> object:
            return self._api.slow(100)

    async def test(target: Api, api: Any) -> None:
        near, far = rpc.memory_pair()
        middle = rpc.accept(far, Middle(api))
        session = rpc.Session(near, rpc.DynamicStub)
        with pytest.raises(rpc.RemoteError, match="TimeoutError: no answer came within 30 s"):
            await session.main.forward()
        await session.aclose()
        await middle.wait_closed()

    run(test)


@pytest.mark.parametrize("seconds", [0, -1, math.nan])
def test_timeouts_that_are_none(seconds: float) -> None:
    async def test(target: Api, api: Any) -> None:
        with pytest.raises(ValueError, match="above zero"):
            await rpc.within(seconds, api.times())

    run(test)

    async def main() -> None:
        near, far = rpc.memory_pair()
        with pytest.raises(ValueError, match="above zero"):
            rpc.Session(near, rpc.DynamicStub, hook_of(Api()), Options(call_timeout=seconds))
        far.close(1000, "")
        near.close(1000, "")

    virtual_time.run(main())
