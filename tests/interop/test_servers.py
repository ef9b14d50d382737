"""Node as the client of whole servers of ours: `serve`, and the ASGI application under uvicorn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest

import capnweb_runtime as rpc
from tests.connecting.asgi_servers import SERVERS
from tests.interop.helpers import sessions_at_rest
from tests.interop.node import NodePeer
from tests.interop.python_api import PythonApi, World
from tests.loops import own_loop

Host: TypeAlias = rpc.Server | rpc.AsgiApp
Serving: TypeAlias = Callable[..., AbstractAsyncContextManager[tuple[Host, str]]]


@asynccontextmanager
async def by_serve(**options: Any) -> AsyncIterator[tuple[Host, str]]:
    world = World()
    async with rpc.serve(lambda: PythonApi(world), "127.0.0.1", 0, **options) as server:
        yield server, f"127.0.0.1:{server.port}/"


def by_asgi(name: str) -> Serving:
    @asynccontextmanager
    async def serving(**options: Any) -> AsyncIterator[tuple[Host, str]]:
        world = World()
        app = rpc.asgi_app(lambda: PythonApi(world), **options)
        async with SERVERS[name](app) as server:
            yield app, f"127.0.0.1:{server.port}/"
            await app.aclose()

    return serving


servers = pytest.mark.parametrize(
    "serving", [by_serve, *map(by_asgi, SERVERS)], ids=["serve", *SERVERS]
)

#: Calls in both directions, an object by reference, and a promise in an argument.
CONVERSATION = """async (api, env) => {
    const counter = await api.make_counter(10);
    const four = api.square(2);
    const user = api.get_user(1);
    const results = [
        await api.square(four), await counter.increment(5), await user.address.city];
    for (const each of [counter, four, user]) each[Symbol.dispose]();
    return results;
}"""

BATCH = """async (_, env, url) => {
    const api = env.newHttpBatchRpcSession(url);
    return await Promise.all([api.square(api.square(2)), api.get_user(1).address.city]);
}"""


@servers
@own_loop
async def test_websocket_and_batch_at_one_place(serving: Serving) -> None:
    """HTTP-15, WS-11"""
    async with serving() as (host, place), NodePeer.connect(f"ws://{place}") as node:
        assert await node.eval(CONVERSATION) == [16, 15, "Oslo"]
        assert await node.eval(BATCH, f"http://{place}") == [16, "Oslo"]
        [session] = host.sessions
        await sessions_at_rest(node, session)


@servers
@own_loop
async def test_a_client_hears_how_a_server_ends(serving: Serving) -> None:
    """WS-06"""
    async with serving() as (host, place), NodePeer.connect(f"ws://{place}") as node:
        broken = asyncio.ensure_future(
            node.eval("api => new Promise((resolve) => api.onRpcBroken((e) => resolve(e.message)))")
        )
        assert await node.eval("api => api.square(2)") == 4
        await host.aclose()
        assert await broken == "Peer closed WebSocket: 1001 the server shuts down"


@servers
@own_loop
async def test_a_client_that_is_idle(serving: Serving) -> None:
    async with serving(idle_timeout=0.05) as (_, place), NodePeer.connect(f"ws://{place}") as node:
        broken = await node.eval(
            "api => new Promise((resolve) => api.onRpcBroken((e) => resolve(e.message)))"
        )
        assert broken == "Peer closed WebSocket: 3008 nothing came for too long"
