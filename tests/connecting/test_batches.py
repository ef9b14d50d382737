"""HTTP batches beside WebSocket: on one port of `serve`, and at one path of an ASGI application."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import httpx2
import pytest
import trustme
from fastapi import FastAPI
from websockets.asyncio.client import connect as open_websocket

import capnweb_runtime as rpc
from tests.connecting.asgi_servers import SERVERS
from tests.connecting.objects import Api, Greeter
from tests.loops import own_loop

Hosts: TypeAlias = rpc.Server | rpc.AsgiApp
Opening: TypeAlias = Callable[..., AbstractAsyncContextManager[tuple[Hosts, str]]]

#: What a client sends to call `square`.
SQUARE = b'["push",["pipeline",0,["square"],[3]]]\n["pull",1]'


@asynccontextmanager
async def by_serve(factory: Any, **options: Any) -> AsyncIterator[tuple[Hosts, str]]:
    async with rpc.serve(factory, "127.0.0.1", 0, **options) as server:
        yield server, f"127.0.0.1:{server.port}/"


def by_asgi(name: str) -> Opening:
    @asynccontextmanager
    async def opening(factory: Any, **options: Any) -> AsyncIterator[tuple[Hosts, str]]:
        app = rpc.asgi_app(factory, **options)
        web = FastAPI()
        web.mount("/rpc", app)
        async with SERVERS[name](web) as server:
            yield app, f"127.0.0.1:{server.port}/rpc/"
        await app.aclose()

    return opening


hosts = pytest.mark.parametrize(
    "opening", [by_serve, *map(by_asgi, SERVERS)], ids=["serve", *SERVERS]
)


@hosts
@own_loop
async def test_both_at_one_place(opening: Opening) -> None:
    """HTTP-15"""
    async with opening(Api) as (host, place):
        async with rpc.connect(f"ws://{place}") as api:
            assert await api.square(2) == 4
            async with rpc.http_batch(f"http://{place}") as batch:
                assert await batch.square(batch.square(3)) == 81
            assert await api.square(5) == 25
        assert host.stats().refused == 0


@hosts
@own_loop
async def test_a_factory_is_told_who_sent_a_batch(opening: Opening) -> None:
    peers: list[rpc.Peer] = []
    names: list[object] = []

    class Asking(rpc.Target):
        def __init__(self, peer: rpc.Peer) -> None:
            peers.append(peer)

        async def ask(self) -> str:
            try:
                names.append(await peers[0].main.name())
            except rpc.BatchEndedError as error:
                return str(error)
            return "answered"

    async with opening(Asking) as (_, place):
        headers = {"X-Token": "secret"}
        async with rpc.http_batch(f"http://{place}", headers=headers, local=Greeter()) as api:
            assert "answers no calls" in await api.ask()
    assert [peer.headers["x-token"] for peer in peers] == ["secret"]
    assert peers[0].address == "127.0.0.1"
    assert names == []


@hosts
@own_loop
async def test_pages_of_other_origins(opening: Opening) -> None:
    app = "https://app.example.com"
    async with opening(Api, origins=[app]) as (host, place), httpx2.AsyncClient() as client:
        url = f"http://{place}"
        own = f"http://{place.split('/')[0]}"
        for origin, status in ((app, 200), (own, 200), ("https://evil.example", 403)):
            answer = await client.post(url, content=SQUARE, headers={"Origin": origin})
            assert answer.status_code == status
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if status == 200 else None)
        preflight = await client.options(
            url, headers={"Origin": app, "Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-methods"] == "POST"
        assert host.stats().refused == 1


@hosts
@own_loop
async def test_headers_of_any_bytes_are_answered(opening: Opening) -> None:
    odd = b"\xe9\xff"
    async with opening(Api, origins="*") as (_, place), httpx2.AsyncClient() as client:
        answer = await client.post(f"http://{place}", content=SQUARE, headers={b"Origin": odd})
        assert (answer.status_code, answer.content) == (200, b'["resolve",1,9]')
        asking = {
            b"Access-Control-Request-Method": b"POST",
            b"Access-Control-Request-Headers": odd,
        }
        preflight = await client.options(f"http://{place}", headers=asking)
        assert preflight.status_code == 204
        allowed = preflight.headers["access-control-allow-headers"]
        assert allowed.encode("latin-1") == odd


@hosts
@own_loop
async def test_requests_that_are_no_batches(opening: Opening) -> None:
    limits = rpc.Limits(batch_size=1000)
    async with opening(Api, limits=limits) as (_, place), httpx2.AsyncClient() as client:
        url = f"http://{place}"
        assert (await client.put(url, content=SQUARE)).status_code == 405
        assert (await client.post(url, content=b"nonsense")).status_code == 400
        assert (await client.post(url, content=b"x" * 1001)).status_code == 413
        assert (await client.get(url)).status_code in {405, 426}
        assert (await client.post(url, content=SQUARE)).content == b'["resolve",1,9]'


@hosts
@own_loop
async def test_a_client_that_goes_before_it_is_answered(opening: Opening) -> None:
    """What it asked for is cancelled."""
    api = Api()
    async with opening(lambda: api, batch_timeout=600) as (host, place):
        address, _, path = place.partition("/")
        _, writer = await asyncio.open_connection(*address.split(":"))
        body = b'["push",["pipeline",0,["wait"],[]]]\n["pull",1]'
        head = f"POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await api.waiting.wait()
        writer.close()
        await writer.wait_closed()
        while host.sessions:  # noqa: ASYNC110 (nothing tells when the server has noticed)
            await asyncio.sleep(0)
        assert api.ended == ["cancelled"]


@hosts
@own_loop
async def test_a_batch_that_takes_too_long(opening: Opening) -> None:
    api = Api()
    async with opening(lambda: api, batch_timeout=0.02) as (host, place):
        async with rpc.http_batch(f"http://{place}") as stub:
            with pytest.raises(rpc.HttpStatusError, match="504"):
                await stub.wait()
        assert host.sessions == frozenset()
    assert api.ended == ["cancelled"]


@hosts
@own_loop
async def test_batches_that_are_not_served(opening: Opening) -> None:
    async with opening(Api, batches=False) as (_, place):
        async with rpc.connect(f"ws://{place}") as api:
            assert await api.square(2) == 4
        async with rpc.http_batch(f"http://{place}") as batch:
            with pytest.raises((rpc.HttpStatusError, rpc.ConnectionLostError)):
                await batch.square(2)


@hosts
@own_loop
async def test_batches_count_among_the_sessions(opening: Opening) -> None:
    api = Api()
    async with (
        opening(lambda: api, max_sessions=1) as (host, place),
        rpc.http_batch(f"http://{place}") as stub,
    ):
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        assert len(host.sessions) == 1
        async with rpc.http_batch(f"http://{place}") as more:
            with pytest.raises(rpc.HttpStatusError, match="503"):
                await more.square(1)
        api.gate.set()
        assert await waiting == "through"


@own_loop
async def test_a_batch_is_answered_within_the_grace() -> None:
    api = Api()
    server = await rpc.serve(lambda: api, "127.0.0.1", 0, grace=60)
    async with rpc.http_batch(f"http://127.0.0.1:{server.port}") as stub:
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        closing = asyncio.ensure_future(server.aclose())
        await asyncio.sleep(0)
        api.gate.set()
        assert await waiting == "through"
        await closing


@own_loop
async def test_a_batch_ends_with_its_server() -> None:
    api = Api()
    server = await rpc.serve(lambda: api, "127.0.0.1", 0)
    async with rpc.http_batch(f"http://127.0.0.1:{server.port}") as stub:
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
        await server.aclose()
        with pytest.raises(rpc.HttpStatusError, match="503"):
            await waiting
    assert api.ended == ["cancelled"]


@own_loop
async def test_both_over_tls() -> None:
    authority = trustme.CA()
    here, there = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(here)
    authority.configure_trust(there)
    async with rpc.serve(Api, "127.0.0.1", 0, ssl=here) as server:
        async with rpc.connect(f"wss://127.0.0.1:{server.port}", ssl=there) as api:
            assert await api.square(2) == 4
        async with httpx2.AsyncClient(verify=there) as client:
            url = f"https://127.0.0.1:{server.port}"
            async with rpc.http_batch(url, client=client) as batch:
                assert await batch.square(3) == 9


@own_loop
async def test_no_more_connections_are_kept_alive_than_sessions_may_be() -> None:
    post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
    async with rpc.serve(Api, "127.0.0.1", 0, max_sessions=2) as server:
        kept = []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            kept.append((reader, writer))
            writer.write(post)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await kept[0][0].read() == b""  # the oldest was closed
        for reader, writer in kept[1:]:
            writer.write(post)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        for _, writer in kept:
            writer.close()


@own_loop
async def test_connections_that_say_nothing_or_nonsense() -> None:
    async with rpc.serve(Api, "127.0.0.1", 0, open_timeout=0.05) as server:
        silent = await asyncio.open_connection("127.0.0.1", server.port)
        hesitant = await asyncio.open_connection("127.0.0.1", server.port)
        hesitant[1].write(b"GE")
        garbage = await asyncio.open_connection("127.0.0.1", server.port)
        garbage[1].write(b"\x16\x03\x01\x02\x00\r\n\r\n")
        gone = await asyncio.open_connection("127.0.0.1", server.port)
        gone[1].write(b"G")
        gone[1].close()
        for reader, writer in (silent, hesitant, garbage):
            try:
                rest = await reader.read()
            except ConnectionResetError:
                rest = b""
            assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")
            writer.close()
        in_pieces = await asyncio.open_connection("127.0.0.1", server.port)
        for byte in b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n":
            in_pieces[1].write(bytes([byte]))
            await in_pieces[1].drain()
        assert (await in_pieces[0].readline()).startswith(b"HTTP/1.1 200 ")
        in_pieces[1].close()
        websocket = await open_websocket(f"ws://127.0.0.1:{server.port}")
        async with rpc.connect(websocket) as api:
            assert await api.square(2) == 4
