"""Connections on which nothing moves any more, while much is still to be written."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.connecting.objects import event_loops_transport
from tests.faults.clock import JumpingLoop, elapse, nothing_happens, with_jumping_clock
from tests.faults.proxy import HOST, Proxy, Way
from tests.faults.site import KEEPALIVE_SECONDS

#: Characters, far more than all the buffers of the system between two ends hold.
MUCH = 20_000_000


class Api(rpc.Target):
    """Its handlers note when they begin and end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended: list[str] = []

    def much(self) -> str:
        self.begun.set()
        return "x" * MUCH

    def size(self, value: str) -> int:
        self.begun.set()
        return len(value)

    async def wait(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append("wait")

    async def stream(self) -> AsyncIterator[str]:
        self.begun.set()
        try:
            while True:
                yield "x" * 100_000
        finally:
            self.ended.append("stream")


async def _result(api: Any) -> None:
    await api.much()


async def _argument(api: Any) -> None:
    await api.size("x" * MUCH)


async def _stream(api: Any) -> None:
    async for _ in await api.stream():
        pass


@pytest.mark.parametrize("work", [_result, _argument, _stream])
@with_jumping_clock
async def test_a_stall_in_the_middle_of_much(work: Callable[[Any], Awaitable[None]]) -> None:
    """WS-06: that nothing moves is noticed at both ends, also where no ping can get out."""
    target = Api()
    async with rpc.serve(lambda: target, HOST, 0) as server, Proxy.to(server.port) as proxy:
        connection = rpc.connect(proxy.url)
        api: Any = await connection
        link = await proxy.next_link()
        waiting = asyncio.ensure_future(api.wait())
        assert await api.size("") == 0
        [session] = server.sessions
        target.begun.clear()

        link.stall(Way.DOWN)
        if work is _argument:
            link.stall(Way.UP)
        working = asyncio.ensure_future(work(api))
        if work is not _argument:
            await target.begun.wait()
            link.stall(Way.UP)

        async with asyncio.timeout(KEEPALIVE_SECONDS + 5):
            for each in (working, waiting):
                with pytest.raises(rpc.ConnectionLostError):
                    await each
            await session.wait_closed()
        assert session.stats() == connection.session.stats() == (0, 0)
        await connection.aclose()
        await nothing_happens()
        assert sorted(target.ended) == (["stream", "wait"] if work is _stream else ["wait"])


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@with_jumping_clock
async def test_a_session_that_is_closed_during_a_stall(way: Way) -> None:
    """WS-05: is closed, for both ends, within the time for that."""
    target = Api()
    async with rpc.serve(lambda: target, HOST, 0) as server, Proxy.to(server.port) as proxy:
        connection = rpc.connect(proxy.url)
        api: Any = await connection
        link = await proxy.next_link()
        [session] = server.sessions
        link.stall(way)
        ours, theirs = (connection.session, session)[:: 1 if way is Way.UP else -1]
        working = asyncio.ensure_future(api.size("x" * MUCH) if way is Way.UP else api.much())
        if way is Way.DOWN:
            await target.begun.wait()
        async with asyncio.timeout(15):
            await ours.aclose()
        assert isinstance(ours.reason, rpc.SessionClosedError)
        link.abort()
        with pytest.raises(rpc.BrokenError):
            await working
        await theirs.wait_closed()
        await connection.aclose()


def _small_buffer(session: Any) -> None:
    """Have the system take little from a session at a time: it takes more when a third is free."""
    sock: socket.socket = event_loops_transport(session).get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)


async def _let_some_through(link: Any, way: Way, session: Any) -> None:
    """Until the writer's system has taken more, however long it takes on a busy machine."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    writer = event_loops_transport(session)
    loop.hold()
    before = writer.get_write_buffer_size()
    link.go_on(way)
    await link.some(way, 1_000_000)
    while 0 < before == writer.get_write_buffer_size():  # noqa: ASYNC110 (it is the system's)
        await asyncio.sleep(0)
    link.stall(way)
    loop.jump()


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@with_jumping_clock
async def test_slow_is_not_stalled(way: Way) -> None:
    """A message that takes longer than any deadline arrives, if some of it goes through."""
    target = Api()
    async with rpc.serve(lambda: target, HOST, 0) as server, Proxy.to(server.port) as proxy:
        connection = rpc.connect(proxy.url)
        api: Any = await connection
        link = await proxy.next_link()
        assert await api.size("") == 0
        target.begun.clear()
        [session] = server.sessions
        writer = connection.session if way is Way.UP else session
        _small_buffer(writer)
        link.raw = True
        link.stall(way)
        begun = asyncio.get_running_loop().time()
        working = asyncio.ensure_future(api.size("x" * MUCH) if way is Way.UP else api.much())
        if way is Way.DOWN:
            await target.begun.wait()
        async with asyncio.timeout(600):
            for _ in range(9):
                await elapse(15)
                await _let_some_through(link, way, writer)
        assert not working.done(), working
        assert asyncio.get_running_loop().time() - begun > 2 * KEEPALIVE_SECONDS
        link.go_on(way)
        assert await working == (MUCH if way is Way.UP else "x" * MUCH)
        await connection.aclose()
