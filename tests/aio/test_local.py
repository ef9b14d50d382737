"""Promises of what is here, and waiting until nothing is asked for any more."""

import asyncio
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet


class Counter(rpc.Target):
    def __init__(self, log: list[str]) -> None:
        self._log = log
        self._value = 0

    def increment(self, by: int = 1) -> int:
        self._value += by
        return self._value

    def __exit__(self, *exc: object) -> None:
        self._log.append("disposed")


class Api(rpc.Target):
    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def add(self, a: int, b: int) -> int:
        return a + b

    async def wait(self) -> str:
        await self.gate.wait()
        return "through"


def test_calls_on_a_promise_of_a_target_wait_in_line() -> None:
    """PIPE-13, PIPE-14."""

    async def main() -> None:
        log: list[str] = []
        coming: asyncio.Future[Counter] = asyncio.get_running_loop().create_future()
        promise = rpc.promise_of(coming)
        calls = asyncio.gather(*(promise.increment(by) for by in (1, 2, 3)))
        await quiet()
        coming.set_result(Counter(log))
        assert await calls == [1, 3, 6]
        promise.dispose()
        await quiet()
        assert log == ["disposed"]

    asyncio.run(main())


def test_promise_is_passed_on_before_it_is_settled() -> None:
    """PIPE-08, PIPE-14: its value takes its place before the call is made."""

    async def main() -> None:
        async with joined(Api()) as (untyped, _):
            api: Any = untyped
            coming: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            with rpc.promise_of(coming) as promise:
                total = asyncio.ensure_future(api.add(promise, 1))
                await quiet()
                assert not total.done()
                coming.set_result(41)
                assert await total == 42

    asyncio.run(main())


def test_failure_reaches_all_who_ask() -> None:
    """PIPE-15: and is reported nowhere if nobody does."""

    async def fail() -> object:
        raise ValueError("no value")

    async def main() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        promise = rpc.promise_of(fail())
        broken: list[BaseException] = []
        promise.on_broken(broken.append)
        with pytest.raises(ValueError, match="no value"):
            await promise.method()
        with pytest.raises(ValueError, match="no value"):
            await promise
        assert [str(reason) for reason in broken] == ["no value"]
        unwanted = rpc.promise_of(fail())
        await quiet()
        unwanted.dispose()
        assert told == []

    asyncio.run(main())


def test_promise_that_was_given_up_disposes_of_what_it_gets() -> None:
    """PIPE-18, PIPE-19: calls made before are delivered."""

    async def main() -> None:
        log: list[str] = []
        coming: asyncio.Future[Counter] = asyncio.get_running_loop().create_future()
        promise = rpc.promise_of(coming)
        call = asyncio.ensure_future(promise.increment(5))
        await quiet()
        promise.dispose()
        coming.set_result(Counter(log))
        assert await call == 5
        await quiet()
        assert log == ["disposed"]

    asyncio.run(main())


def test_promise_of_a_session_stays_lazy() -> None:
    """PIPE-16, PIPE-17."""

    async def main() -> None:
        async with joined(Api()) as (untyped, server):
            api: Any = untyped
            promise = rpc.promise_of(api.add(1, 2))
            await quiet()
            assert server.stats().exports == 2
            assert await promise == 3

    asyncio.run(main())


def test_drain_waits_for_answers_that_were_asked_for() -> None:
    """API-02."""

    async def main() -> None:
        target = Api()
        async with joined(target) as (untyped, server):
            api: Any = untyped
            await server.drain()
            unasked = api.wait()
            await quiet()
            await server.drain()
            asked = asyncio.ensure_future(unasked)
            await quiet()
            drained = asyncio.ensure_future(server.drain())
            await quiet()
            assert not drained.done()
            target.gate.set()
            await drained
            assert await asked == "through"
            del unasked, asked

    asyncio.run(main())


def test_drain_ends_with_the_session() -> None:
    """API-02."""

    async def main() -> None:
        async with joined(Api()) as (untyped, server):
            api: Any = untyped
            asked = asyncio.ensure_future(api.wait())
            await quiet()
            drained = asyncio.ensure_future(server.drain())
            await quiet()
            await server.aclose()
            with pytest.raises(rpc.SessionClosedError):
                await drained
            with pytest.raises(rpc.ConnectionLostError):
                await asked

    asyncio.run(main())
