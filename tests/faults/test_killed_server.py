"""A server process that dies, and another in its place."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.faults.process import ServerProcess
from tests.loops import own_loop


class Numbers:
    """An endless stream that notes that it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            self.closed = True


async def _read_on(stream: AsyncIterator[int], begun: asyncio.Event) -> None:
    async for number in stream:
        if number == 1000:
            begun.set()


@own_loop
async def test_a_server_that_is_killed() -> None:
    """WS-06, BRK-01, BRK-03: calls, pipelined calls, callbacks and streams of its client end."""
    async with ServerProcess.start() as server:
        connection = rpc.connect(server.url)
        api: Any = await connection
        told: list[BaseException] = []
        api.on_broken(told.append)
        session = connection.session
        first = await api.pid()
        heard: list[object] = []
        calling = asyncio.Event()
        ended: list[str] = []

        async def callback(value: object) -> None:
            """Is under way when the server dies."""
            heard.append(value)
            calling.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("callback")

        numbers = Numbers()
        reading = asyncio.Event()
        calls = [
            asyncio.ensure_future(each)
            for each in (
                api.wait(),
                api.me().me().wait(),
                api.call(callback, 1),
                api.collect(aiter(numbers)),
                _read_on(await api.count(), reading),
            )
        ]
        await calling.wait()
        await reading.wait()
        await server.kill()

        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        reason = session.reason
        assert isinstance(reason, rpc.ConnectionLostError)
        assert outcomes == [reason] * len(calls)
        assert told == [reason]
        await session.wait_closed()
        assert session.stats() == (0, 0)
        assert (heard, ended) == ([1], ["callback"])
        with pytest.raises(rpc.ConnectionLostError):
            await api.echo(1)
        with pytest.raises(OSError, match=r"[Cc]onnect"):
            await rpc.connect(server.url)
        await connection.aclose()

        await server.restart()
        async with rpc.connect(server.url) as again:
            assert await again.pid() not in {first, os.getpid()}
            assert await again.echo("as before") == "as before"
        assert numbers.closed


@own_loop
async def test_a_server_that_is_killed_again_and_again() -> None:
    """Each time all its clients learn of it, and the next process serves them on the same port."""
    async with ServerProcess.start() as server:
        for _ in range(3):
            connections = [rpc.connect(server.url) for _ in range(10)]
            waiting = []
            for connection in connections:
                api: Any = await connection
                waiting.append(asyncio.ensure_future(api.wait()))
                assert await api.echo("there") == "there"
            await server.kill()
            for connection, call in zip(connections, waiting, strict=True):
                with pytest.raises(rpc.ConnectionLostError):
                    await call
                await connection.aclose()
                assert connection.session.stats() == (0, 0)
            await server.restart()
