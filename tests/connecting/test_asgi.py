"""Serving under ASGI servers, alone and beside other routes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

import capnweb_runtime as rpc
from tests.connecting.asgi_servers import SERVERS, Running
from tests.connecting.objects import Api, Greeter, at_rest
from tests.loops import own_loop

Serving: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Running]]

servers = pytest.mark.parametrize("serving", SERVERS.values(), ids=SERVERS)

#: Those that end connections when they shut down. From Python 3.12 on hypercorn (0.18) waits for
#: them without end, whatever the application does: `asyncio.Server.wait_closed` has changed.
GRACEFUL = {
    name: serving
    for name, serving in SERVERS.items()
    if name != "hypercorn" or sys.version_info < (3, 12)
}


@servers
@own_loop
async def test_calls_in_both_directions(serving: Serving) -> None:
    app = rpc.asgi_app(Api)

    async def double(number: int) -> int:
        return 2 * number

    async with serving(app) as server:
        connection = rpc.connect(f"ws://127.0.0.1:{server.port}/any/path")
        async with connection as api:
            assert await api.call(double, api.square(3)) == 18
            assert await api.echo("x" * 1_000_000) == "x" * 1_000_000
            [session] = app.sessions
            await at_rest(session, connection.session)
        await session.wait_closed()
        assert app.stats().opened == 1


@servers
@own_loop
async def test_the_peer_and_its_request(serving: Serving) -> None:
    peers: list[rpc.Peer] = []

    def make(peer: rpc.Peer) -> Api:
        peers.append(peer)
        return Api()

    app = rpc.asgi_app(make, subprotocols=["v2", "v1"])
    async with serving(app) as server:
        url = f"ws://127.0.0.1:{server.port}/a%20path?q=1"
        headers = {"X-Token": "secret"}
        async with rpc.connect(url, headers=headers, local=Greeter()) as api:
            await api.square(1)
            [peer] = peers
            assert (peer.path, peer.address) == ("/a%20path?q=1", "127.0.0.1")
            assert peer.headers["x-token"] == "secret"
            assert await peer.main.name() == "a client"
        async with open_websocket(url, subprotocols=["v1", "v2"]) as websocket:  # type: ignore[list-item]
            assert websocket.subprotocol == "v2"


@servers
@own_loop
async def test_who_is_refused(serving: Serving) -> None:
    app = rpc.asgi_app(Api, max_sessions=1, origins=["https://app.example.com"])
    async with serving(app) as server:
        url = f"ws://127.0.0.1:{server.port}"
        with pytest.raises(InvalidStatus) as refused:
            await open_websocket(url, origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        websocket = await open_websocket(url, origin="https://app.example.com")  # type: ignore[arg-type]
        async with rpc.connect(websocket) as api:
            await api.square(1)
            with pytest.raises(InvalidStatus) as refused:
                await rpc.connect(url)
            assert refused.value.response.status_code == 503
        assert app.stats()[1:3] == (1, 2)


@servers
@own_loop
async def test_a_factory_that_fails(serving: Serving) -> None:
    reports: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))
    fault = RuntimeError("no database")

    def make() -> Api:
        raise fault

    async with serving(rpc.asgi_app(make)) as server:
        websocket = await open_websocket(f"ws://127.0.0.1:{server.port}")
        with pytest.raises(ConnectionClosed, match="1011"):
            await websocket.recv()
    assert reports == [fault]


@servers
@own_loop
async def test_a_client_that_goes_away(serving: Serving) -> None:
    api = Api()
    app = rpc.asgi_app(lambda: api)
    async with serving(app) as server:
        websocket = await open_websocket(f"ws://127.0.0.1:{server.port}")
        stub = await rpc.connect(websocket)
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        [session] = app.sessions
        websocket.transport.abort()
        with pytest.raises(rpc.ConnectionLostError):
            await waiting
        await session.wait_closed()
        assert isinstance(session.reason, rpc.ConnectionLostError)
        assert session.stats() == (0, 0)
    assert api.ended == ["cancelled"]


@servers
@own_loop
async def test_a_peer_that_breaks_the_protocol(serving: Serving) -> None:
    async with serving(rpc.asgi_app(Api)) as server:
        url = f"ws://127.0.0.1:{server.port}"
        for nonsense in ("nonsense", b"nonsense"):
            async with open_websocket(url) as websocket:
                await websocket.send(nonsense)
                assert json.loads(await websocket.recv())[0] == "abort"
                with pytest.raises(ConnectionClosed, match="3000"):
                    await websocket.recv()


@pytest.mark.parametrize("serving", GRACEFUL.values(), ids=GRACEFUL)
@own_loop
async def test_a_server_that_shuts_down(serving: Serving) -> None:
    api = Api()
    app = rpc.asgi_app(lambda: api)
    async with serving(app) as server:
        connection = rpc.connect(f"ws://127.0.0.1:{server.port}")
        stub = await connection
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        await server.stop()
        with pytest.raises(rpc.ConnectionLostError):
            await waiting
        await connection.aclose()
    assert api.ended == ["cancelled"]
    assert app.sessions == frozenset()


@servers
@own_loop
async def test_an_application_that_is_closed(serving: Serving) -> None:
    """What an outer application does at its end, which the server tells only of itself."""
    api = Api()
    app = rpc.asgi_app(lambda: api, grace=60)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await app.aclose()

    web = Starlette(routes=[Mount("/rpc", app)], lifespan=lifespan)
    async with serving(web) as server:
        connection = rpc.connect(f"ws://127.0.0.1:{server.port}/rpc/")
        stub = await connection
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        closing = asyncio.ensure_future(app.aclose())
        await asyncio.sleep(0)
        with pytest.raises(InvalidStatus) as refused:
            await open_websocket(f"ws://127.0.0.1:{server.port}/rpc/")
        assert refused.value.response.status_code == 503
        api.gate.set()
        assert await waiting == "through"
        await closing
        await connection.aclose()


def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


def starlette_mounted(app: Any) -> Any:
    return Starlette(routes=[Route("/hello", hello), Mount("/rpc", app)])


def starlette_routed(app: Any) -> Any:
    routes = [Route("/hello", hello), Route("/rpc/", app), WebSocketRoute("/rpc/", app)]
    return Starlette(routes=routes)


def fastapi_mounted(app: Any) -> Any:
    web = FastAPI()
    web.add_api_route("/hello", lambda: "hello")
    web.mount("/rpc", app)
    return web


@servers
@pytest.mark.parametrize("around", [starlette_mounted, starlette_routed, fastapi_mounted])
@own_loop
async def test_beside_ordinary_routes(serving: Serving, around: Callable[[Any], Any]) -> None:
    app = rpc.asgi_app(Api)
    async with serving(around(app)) as server:
        address = f"127.0.0.1:{server.port}"
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"http://{address}/hello")
            assert answer.text.strip('"') == "hello"
        async with rpc.connect(f"ws://{address}/rpc/") as api:
            assert await api.square(3) == 9
        with pytest.raises(InvalidStatus):
            await rpc.connect(f"ws://{address}/elsewhere")


@own_loop
async def test_what_it_does_not_serve() -> None:
    app = rpc.asgi_app(Api)

    async def nothing(*_: object) -> Any:
        raise AssertionError("nothing is received or sent")

    with pytest.raises(RuntimeError, match="type 'sound'"):
        await app({"type": "sound"}, nothing, nothing)
