"""Calls that travel as streams (`stream_calls`): which of them do, and what giving up is then."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.transports.memory import MemoryTransport
from tests.aio.pairs import quiet
from tests.loops import own_loop
from tests.reconnect.site import Site, in_virtual_time


class Noting(MemoryTransport):
    """Notes the kinds of the messages that are sent."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    @override
    def send(self, messages: list[object]) -> None:
        self.kinds += [json.loads(str(message))[0] for message in messages]
        super().send(messages)


class Part(rpc.Target):
    def __init__(self, api: "Api") -> None:
        self._api = api

    def name(self) -> str:
        return "part"

    def __exit__(self, *exc: object) -> None:
        self._api.disposed.set()


class Sink(rpc.Sink):
    def __init__(self, written: list[object]) -> None:
        self._written = written

    @override
    async def write(self, chunk: object) -> None:
        self._written.append(chunk)


class Api(rpc.Target):
    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.ended: list[str] = []
        self.disposed = asyncio.Event()
        self.written: list[object] = []

    def double(self, number: int) -> int:
        return 2 * number

    async def part(self) -> Part:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("ran on")
        return Part(self)

    async def sink(self) -> Sink:
        await self.gate.wait()
        return Sink(self.written)


@contextlib.asynccontextmanager
async def joined(**options: Any) -> AsyncIterator[tuple[rpc.DynamicStub, Api, list[str]]]:
    """A client that streams its calls, the main object of its server, and what it sends."""
    near, far = Noting(), MemoryTransport()
    near._peer, far._peer = far, near
    api = Api()
    server = rpc.accept(far, api)
    connection = rpc.connect(near, stream_calls=True, **options)
    async with connection as stub:
        yield stub, api, near.kinds
        await quiet()
        if server.reason is None:
            assert (connection.session.stats(), server.stats()) == ((1, 1), (1, 1))
    await server.wait_closed()


@own_loop
async def test_those_that_are_awaited_as_they_are_made() -> None:
    """In place of a push, a pull and a release."""
    async with joined() as (api, _, sent):
        assert await api.double(1) == 2
        assert sent == ["stream"]
        assert await rpc.gather(*[api.double(n) for n in range(100)]) == tuple(range(0, 200, 2))
        assert sent == ["stream"] * 101
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(one(api, number))
        assert sent == ["stream"] * 106


async def one(api: rpc.DynamicStub, number: int) -> None:
    assert await api.double(number) == 2 * number


@own_loop
async def test_those_that_are_awaited_later_are_not() -> None:
    """What was made before the turn of the loop in which it is awaited has been sent by then."""
    async with joined() as (api, _, sent):
        assert list(await asyncio.gather(api.double(1), api.double(2))) == [2, 4]
        call = api.double(3)
        await asyncio.sleep(0)
        await quiet()
        assert await call == 6
        await quiet()
        assert "stream" not in sent


@own_loop
async def test_calls_on_calls_go_out_together() -> None:
    """A chain is one round trip: only the last of it, which is awaited, is a stream."""
    async with joined() as (api, _, sent):
        first = api.double(1)
        assert await api.double(first) == 4
        assert sent == ["push", "stream"]
        first.dispose()


@pytest.mark.parametrize("how", ["cancelled", "timed out"])
@own_loop
async def test_the_peer_is_not_told_of_one_that_is_given_up(how: str) -> None:
    """DISP-17: its handler runs on, and what it gives is given back."""
    async with joined() as (api, served, sent):
        if how == "cancelled":
            task = asyncio.ensure_future(value(api.part))
            await quiet()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            with pytest.raises(rpc.CallTimeoutError):
                await rpc.within(0.01, api.part())
        await quiet()
        assert (sent, served.ended) == (["stream"], [])
        served.gate.set()
        await served.disposed.wait()
        assert (sent, served.ended) == (["stream", "release"], ["ran on"])


async def value(method: Callable[[], Awaitable[Any]]) -> Any:
    return await method()


@own_loop
async def test_the_end_of_the_session_is_told() -> None:
    async with joined() as (api, served, _):
        task = asyncio.ensure_future(value(api.part))
        await quiet()
        api.dispose()
        with pytest.raises(rpc.SessionClosedError):
            await task
        await quiet()
        assert served.ended == ["cancelled"]


@own_loop
async def test_what_waits_for_it_and_is_given_up_as_well() -> None:
    async with joined() as (api, served, sent):
        promises: list[Any] = []

        async def make() -> None:
            promises.append(api.part())
            await promises[0]

        awaiting = asyncio.ensure_future(make())
        await quiet()
        promise = promises.pop()
        name = asyncio.ensure_future(promise.name())
        await quiet()
        for each in (name, awaiting):
            each.cancel()
        await asyncio.wait([name, awaiting])
        promise.dispose()
        served.gate.set()
        await served.disposed.wait()
        assert sent == ["stream", "release"], "what was not sent yet never is"


@own_loop
async def test_a_stream_that_it_gives() -> None:
    """It can be written to when it is there; the writes are streams of the protocol as before."""
    async with joined() as (api, served, sent):
        awaiting = asyncio.ensure_future(value(api.sink))
        await quiet()
        served.gate.set()
        async with await awaiting as sink:
            await sink.write("one")
            await sink.write("two")
        assert served.written == ["one", "two"]
        assert sent == ["stream"] * 4, "the call, two writes and the end"


@in_virtual_time
async def test_a_session_that_is_opened_again() -> None:
    async with Site() as site, site.connect(stream_calls=True) as api:
        hanging = asyncio.ensure_future(api.hang())
        await site.hanging.wait()
        await site.lose()
        with pytest.raises(rpc.InterruptedCallError):
            await hanging
        waiting = [asyncio.ensure_future(api.same(number)) for number in range(3)]
        assert await api.number() == 2
        assert await asyncio.gather(*waiting) == [0, 1, 2]
        assert await api.record().inner.items[2] == 3
