"""The handlers of a session live in one scope, and end with it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from capnweb_runtime.testing.virtual_time import elapse
from tests.aio.pairs import quiet


class Sink(rpc.Sink):
    def __init__(self, log: list[str]) -> None:
        self._log = log

    @override
    async def write(self, chunk: object, /) -> None:
        self._log.append(f"write {chunk}")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self._log.append("write cancelled")
            raise

    @override
    async def abort(self, reason: BaseException, /) -> None:
        self._log.append(f"abort: {reason}")


class Api(rpc.Target):
    def __init__(self) -> None:
        self.log: list[str] = []
        self.session: rpc.Session[Any] | None = None
        self.goodbye = asyncio.Event()
        self.lingered = asyncio.Event()

    async def quick(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.log.append("quick")

    async def lingering(self, seconds: float) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await elapse(seconds)
            self.log.append(f"after {seconds} s")
            self.lingered.set()

    async def numbers(self) -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            await self.goodbye.wait()
            self.log.append("numbers")

    def sink(self) -> Sink:
        return Sink(self.log)

    async def log_out(self) -> None:
        assert self.session is not None
        try:
            await self.session.aclose()
        finally:
            self.log.append("logged out")
            await self.session.wait_closed()
            self.log.append("and closed")


Test = Callable[[Api, Any, rpc.Session[rpc.DynamicStub]], Awaitable[None]]


def run(test: Test) -> None:
    """Run a test with an Api, a client's stub and the server's session, which it ends."""

    async def main() -> None:
        target = Api()
        near, far = rpc.memory_pair()
        session = target.session = rpc.accept(far, target)
        api: Any = await rpc.connect(near)
        await test(target, api, session)
        assert (session.stats(), session.reason is None) == ((0, 0), False)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"

    virtual_time.run(main())


def test_closing_waits_for_handlers() -> None:
    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        api.quick()
        calls = [asyncio.ensure_future(api.lingering(2)), asyncio.ensure_future(api.lingering(1))]
        await quiet()
        await session.aclose()
        assert target.log == ["quick", "after 1 s", "after 2 s"]
        await asyncio.gather(*calls, return_exceptions=True)

    run(test)


def test_a_lost_connection_does_too() -> None:
    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        api.lingering(3)
        await quiet()
        api.dispose()
        await session.wait_closed()
        assert target.log == ["after 3 s"]

    run(test)


def test_calls_given_up_before_that_still_end() -> None:
    """They are in no table any more."""

    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        call = asyncio.ensure_future(api.lingering(3))
        await quiet()
        call.cancel()
        await quiet()
        await session.aclose()
        assert target.log == ["after 3 s"]

    run(test)


def test_a_handler_that_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """It has 10 seconds; then it is left to itself."""

    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        api.lingering(25)
        await quiet()
        with caplog.at_level(logging.WARNING, "capnweb_runtime.calls"):
            await session.aclose()
        assert asyncio.get_running_loop().time() == 10
        assert target.log == []
        assert [record.message for record in caplog.records] == [
            "handlers of a session still run 10 s after it has ended: do they catch CancelledError?"
        ]
        await target.lingered.wait()
        assert target.log == ["after 25 s"]

    run(test)


def test_sources_of_streams_end_too() -> None:
    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        stream = await api.numbers()
        assert await anext(stream) == 1
        closing = asyncio.ensure_future(session.aclose())
        await quiet()
        assert (closing.done(), target.log) == (False, [])
        target.goodbye.set()
        await closing
        assert target.log == ["numbers"]
        with pytest.raises(rpc.ConnectionLostError):
            await anext(stream)

    run(test)


def test_a_sink_that_is_being_written_to() -> None:
    """It is cancelled, and told by `abort`, whatever waits behind it."""

    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        writer = await api.sink()
        await writer.write(1)
        await writer.write(2)
        await quiet()
        assert target.log == ["write 1"]
        await session.aclose()
        await quiet()
        assert target.log[:2] == ["write 1", "write cancelled"]
        assert len(target.log) == 3
        assert target.log[2].startswith("abort: ")

    run(test)


def test_a_handler_that_closes_its_own_session() -> None:
    """It is cancelled as the others are, and cannot wait for its own end."""

    async def test(target: Api, api: Any, session: rpc.Session[rpc.DynamicStub]) -> None:
        with pytest.raises(rpc.BrokenError):
            await api.log_out()
        await session.wait_closed()
        assert target.log == ["logged out", "and closed"]
        assert asyncio.get_running_loop().time() == 0

    run(test)
