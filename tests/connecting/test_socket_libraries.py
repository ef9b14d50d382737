"""Which library reads a WebSocket, and both on other event loops and with TLS."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trustme
import uvloop

import capnweb_runtime as rpc
from capnweb_runtime.transports import socket_library
from capnweb_runtime.transports.picows_transport import PicowsTransport
from capnweb_runtime.transports.websocket import WebSocketTransport
from tests.connecting.objects import Api, at_rest
from tests.connecting.raw import HOST, LIBRARIES
from tests.loops import left_as_found, own_loop

KINDS = {"picows": PicowsTransport, "websockets": WebSocketTransport}


@pytest.fixture
def without_picows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_library, "PREFERRED", "auto")
    monkeypatch.setattr(socket_library, "_installed", lambda: False)


async def kinds(**options: Any) -> tuple[type, type]:
    """Of the transports of a client and its server."""
    async with rpc.serve(Api, HOST, 0, **options) as server:
        connection = rpc.connect(f"ws://{HOST}:{server.port}", **options)
        async with connection as api:
            assert await api.square(3) == 9
            [session] = server.sessions
            return type(connection.session._transport), type(session._transport)


@LIBRARIES
@own_loop
async def test_the_library_that_was_asked_for(library: str) -> None:
    assert await kinds(socket_library=library) == (KINDS[library], KINDS[library])


@own_loop
async def test_the_fast_one_where_it_is_installed() -> None:
    socket_library.PREFERRED, before = "auto", socket_library.PREFERRED
    try:
        assert await kinds() == (PicowsTransport, PicowsTransport)
        assert await kinds(compression=True) == (WebSocketTransport, WebSocketTransport)
    finally:
        socket_library.PREFERRED = before


@pytest.mark.usefixtures("without_picows")
@own_loop
async def test_without_it() -> None:
    assert await kinds() == (WebSocketTransport, WebSocketTransport)
    assert await kinds(socket_library="auto") == (WebSocketTransport, WebSocketTransport)


@pytest.mark.usefixtures("without_picows")
def test_it_is_asked_for_and_missing() -> None:
    remedy = r"needs picows: pip install 'capnweb-runtime\[fast\]'"
    with pytest.raises(ImportError, match=remedy):
        _ = rpc.serve(Api, HOST, 0, socket_library="picows")
    with pytest.raises(ImportError, match=remedy):
        _ = rpc.connect("ws://localhost", socket_library="picows")


@own_loop
async def test_a_version_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_library, "PREFERRED", "auto")
    monkeypatch.setattr(socket_library, "_usable", lambda: False)
    assert await kinds() == (WebSocketTransport, WebSocketTransport)
    with pytest.raises(ImportError, match="cannot be used in the version that is installed"):
        _ = await rpc.serve(Api, HOST, 0, socket_library="picows")
    with pytest.raises(ImportError, match="cannot be used in the version that is installed"):
        await rpc.connect("ws://localhost", socket_library="picows")


def test_it_does_not_compress() -> None:
    with pytest.raises(ValueError, match="compression: picows has none"):
        _ = rpc.serve(Api, HOST, 0, socket_library="picows", compression=True)


@LIBRARIES
@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_event_loops(
    library: Any, loop: Callable[[], asyncio.AbstractEventLoop], tls: bool
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(left_as_found(partial(_small_and_large, library, tls)))


async def _small_and_large(library: Any, tls: bool) -> None:
    server_side = client_side = None
    if tls:
        authority = trustme.CA()
        server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(server_side)
        client_side = ssl.create_default_context()
        authority.configure_trust(client_side)
    async with rpc.serve(Api, "localhost", 0, ssl=server_side, socket_library=library) as server:
        url = f"{'wss' if tls else 'ws'}://localhost:{server.port}"
        connection = rpc.connect(url, ssl=client_side, socket_library=library)
        async with connection as api:
            squares = await asyncio.gather(*(api.square(number) for number in range(2000)))
            assert squares == [number * number for number in range(2000)]
            large = ["x" * size for size in (125, 126, 65535, 65536, 1_000_000, 5_000_000)]
            assert await asyncio.gather(*(api.echo(text) for text in large)) == large
            [session] = server.sessions
            await at_rest(connection.session, session)
        await session.wait_closed()
        assert str(session.reason) == "the connection was closed: 1000"
