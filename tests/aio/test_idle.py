"""Sessions in which nothing happens (`idle_timeout`). The clock jumps: nothing waits for real."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from capnweb_runtime.testing.virtual_time import elapse
from tests.aio.pairs import quiet

SECONDS = 10.0


class Api(rpc.Target):
    def __init__(self) -> None:
        self.gate = asyncio.Event()

    def ping(self) -> str:
        return "pong"

    async def wait(self) -> str:
        await self.gate.wait()
        return "through"

    async def call(self, function: rpc.DynamicStub) -> object:
        return await function()


def seconds_until_idle(test: Callable[[Api, Any], Awaitable[object]]) -> float:
    """What a client does, and how long after it the server's session ends."""

    async def main() -> float:
        loop, closed = asyncio.get_running_loop(), asyncio.Event()
        codes: list[int] = []

        def on_close(code: int, _: str) -> None:
            codes.append(code)
            closed.set()

        target = Api()
        near, far = rpc.memory_pair()
        server = rpc.accept(far, target, idle_timeout=SECONDS, on_close=on_close)
        connection = rpc.connect(near)
        api = await connection
        await test(target, api)
        await quiet()
        assert codes == [], "not while anybody waits"
        since = loop.time()
        await closed.wait()
        assert codes == [3008]
        assert isinstance(server.reason, rpc.SessionClosedError)
        await connection.aclose()
        return loop.time() - since

    return virtual_time.run(main())


def test_nothing_ever_comes() -> None:
    async def nothing(target: Api, api: Any) -> None:
        pass

    assert seconds_until_idle(nothing) == SECONDS


def test_each_message_begins_it_anew() -> None:
    async def pings(target: Api, api: Any) -> None:
        for _ in range(5):
            await elapse(0.9 * SECONDS)
            assert await api.ping() == "pong"

    assert seconds_until_idle(pings) == SECONDS


def test_the_peer_waits_for_this_side() -> None:
    async def long_call(target: Api, api: Any) -> None:
        waiting = asyncio.ensure_future(api.wait())
        await elapse(5.5 * SECONDS)
        target.gate.set()
        assert await waiting == "through"

    assert seconds_until_idle(long_call) == SECONDS


def test_this_side_waits_for_the_peer() -> None:
    async def slow() -> str:
        await elapse(5.5 * SECONDS)
        return "late"

    async def call_back(target: Api, api: Any) -> None:
        assert await api.call(slow) == "late"

    assert seconds_until_idle(call_back) == SECONDS
