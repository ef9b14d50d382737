"""Our client, and npm capnweb on Node as a server that is killed and started again."""

import asyncio

import pytest
from websockets.asyncio.client import connect

import capnweb_runtime as rpc
from tests.interop.helpers import sessions_at_rest
from tests.interop.node import NodePeer
from tests.loops import own_loop


@own_loop
async def test_a_server_of_node_that_is_killed() -> None:
    first = NodePeer.serve()
    await first.start()
    url = first.url
    mains: list[rpc.DynamicStub] = []

    async def open_connection() -> rpc.WebSocketTransport:
        return rpc.WebSocketTransport(await connect(url))

    async def count(api: rpc.DynamicStub) -> rpc.DynamicStub:
        mains.append(api)
        counter: rpc.DynamicStub = await api.makeCounter(10)
        return counter

    connection = rpc.connect(open_connection, reconnect=rpc.Backoff(initial=0.02), on_connect=count)
    async with connection as counter:
        assert await counter.increment(5) == 15
        hanging = asyncio.ensure_future(mains[0].slow("x"))
        await first.logged("slow waits")
        assert first._process is not None
        first._process.kill()
        with pytest.raises(rpc.InterruptedCallError):
            await hanging
        await first.close(check=False)
        waiting = asyncio.ensure_future(counter.increment())
        async with NodePeer.serve() as second:
            url = second.url
            assert await waiting == 11, "a counter of the new process"
            with pytest.raises(rpc.ConnectionLostError):
                await mains[0].square(2)
            await second.connected()
            await second.disconnect(1001, "going away")
            assert await counter.increment(2) == 12
            with pytest.raises(rpc.RemoteError):
                await counter.nothing()
            await second.connected(1)
            assert connection.stats().sessions == 3
            mains.clear()
            await connection.aclose()
            await sessions_at_rest(second)
