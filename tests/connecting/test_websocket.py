"""Connections by WebSocket: how they are opened, and what they can be told."""

import asyncio
import contextlib
import re
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import InvalidURI

import capnweb_runtime as rpc
from tests.connecting.objects import Api, Greeter, event_loops_transport
from tests.loops import own_loop

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@own_loop
async def test_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "with a space"
    peers: list[rpc.Peer[rpc.DynamicStub]] = []

    def make(peer: rpc.Peer[rpc.DynamicStub]) -> Api:
        peers.append(peer)
        return Api()

    url = f"ws+unix:{path}".replace(" ", "%20")
    async with rpc.serve(make, unix=path):
        async with rpc.connect(url) as api:
            assert await api.square(3) == 9
        async with rpc.connect(f"{url}:/some/where?q=1") as api:
            assert await api.square(3) == 9
    assert [(peer.path, peer.address) for peer in peers] == [("/", ""), ("/some/where?q=1", "")]


@own_loop
async def test_tls(authority: trustme.CA) -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    async with rpc.serve(Api, "localhost", 0, ssl=server_side) as server:
        url = f"wss://localhost:{server.port}"
        async with rpc.connect(url, ssl=client_side) as api:
            assert await api.square(3) == 9
        with pytest.raises(ssl.SSLCertVerificationError):
            await rpc.connect(url)


@own_loop
async def test_a_client_that_does_not_begin_with_tls(authority: trustme.CA) -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server_side)
    async with rpc.serve(Api, HOST, 0, ssl=server_side, open_timeout=0.05) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""  # asyncio alone waits for 60 s
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@own_loop
async def test_headers_subprotocol_and_peer() -> None:
    peers: list[rpc.Peer[rpc.DynamicStub]] = []

    def make(peer: rpc.Peer[rpc.DynamicStub]) -> Api:
        peers.append(peer)
        return Api()

    async with rpc.serve(make, HOST, 0, subprotocols=["v2", "v1"]) as server:
        url = f"ws://{HOST}:{server.port}/path?query"
        headers = {"X-Token": "secret"}
        async with rpc.connect(url, headers=headers, subprotocols=["v1"], local=Greeter()) as api:
            await api.square(1)
            [peer] = peers
            assert peer.path == "/path?query"
            assert peer.headers["x-token"] == "secret"
            assert peer.headers["sec-websocket-protocol"] == "v1"
            assert peer.address == HOST
            assert await peer.main.name() == "a client"


@own_loop
async def test_the_subprotocol_that_is_chosen() -> None:
    async with rpc.serve(Api, HOST, 0, subprotocols=["v2", "v1"]) as server:
        url = f"ws://{HOST}:{server.port}"
        for offered, chosen in ((["v1"], "v1"), (["v1", "v2"], "v2"), (None, None)):
            async with open_websocket(url, subprotocols=offered) as websocket:  # type: ignore[arg-type]
                assert websocket.subprotocol == chosen


@pytest.mark.parametrize("compression", [False, True])
@own_loop
async def test_compression(compression: bool) -> None:
    async with rpc.serve(Api, HOST, 0, compression=compression) as server:
        url = f"ws://{HOST}:{server.port}"
        async with open_websocket(url) as websocket:
            extensions = [type(each).__name__ for each in websocket.protocol.extensions]
        assert extensions == (["PerMessageDeflate"] if compression else [])
        async with rpc.connect(url, compression=True) as api:
            assert await api.echo("x" * 100_000) == "x" * 100_000


@own_loop
async def test_a_connection_that_is_open_already() -> None:
    async with (
        rpc.serve(Api, HOST, 0) as server,
        open_websocket(f"ws://{HOST}:{server.port}") as websocket,
    ):
        async with rpc.connect(websocket) as api:
            assert await api.square(3) == 9
        assert websocket.close_code == 1000


@own_loop
async def test_a_connection_is_opened_once() -> None:
    async with rpc.serve(Api, HOST, 0) as server:
        connection = rpc.connect(f"ws://{HOST}:{server.port}")

        async def opened() -> rpc.DynamicStub:
            return await connection

        one, two = await asyncio.gather(opened(), opened(), return_exceptions=True)
        assert isinstance(one, rpc.DynamicStub)
        assert isinstance(two, RuntimeError)
        assert await one.square(3) == 9
        await connection.aclose()


@own_loop
async def test_a_handler_of_the_users_own() -> None:
    async def handler(websocket: ServerConnection) -> None:
        await rpc.accept(websocket, Api()).wait_closed()

    async with serve_websockets(handler, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with rpc.connect(f"ws://{HOST}:{port}") as api:
            assert await api.square(3) == 9


@own_loop
async def test_several_sessions_at_once() -> None:
    class Other(rpc.Target):
        def double(self, number: int) -> int:
            return 2 * number

    async with (
        rpc.serve(Api, HOST, 0) as one,
        rpc.serve(Other, HOST, 0) as two,
        rpc.connect(f"ws://{HOST}:{one.port}") as squares,
        rpc.connect(f"ws://{HOST}:{two.port}") as doubles,
    ):
        # A promise of one service goes to another.
        assert await doubles.double(squares.square(3)) == 18
        assert [*await asyncio.gather(squares.square(2), doubles.double(2))] == [4, 4]


@own_loop
async def test_a_peer_that_does_not_answer_pings() -> None:
    closed: list[tuple[int, str]] = []
    errors: list[BaseException] = []
    done = asyncio.Event()

    def on_close(code: int, reason: str) -> None:
        closed.append((code, reason))
        done.set()

    async with rpc.serve(Api, HOST, 0) as server:
        connection = rpc.connect(
            f"ws://{HOST}:{server.port}",
            keepalive=0.01,
            keepalive_timeout=0.01,
            on_close=on_close,
            on_error=errors.append,
        )
        api = await connection
        [session] = server.sessions
        event_loops_transport(session).pause_reading()
        with pytest.raises(rpc.ConnectionLostError, match=r"did not answer a ping within 0\.01 s"):
            await api.wait()
        await done.wait()
        session.abort()
        await connection.aclose()
    assert closed == [(1006, "")]
    assert [type(error) for error in errors] == [rpc.ConnectionLostError]


@own_loop
async def test_what_cannot_be_connected_to() -> None:
    with pytest.raises(InvalidURI):
        await rpc.connect("http://localhost")
    with pytest.raises(OSError, match=r"refused|failed"):
        await rpc.connect("ws://127.0.0.1:1", local=Greeter())


def test_options_that_cannot_be() -> None:
    near, _ = _pair()
    with pytest.raises(TypeError, match="headers: only a connection that is opened by a URL"):
        _ = rpc.connect(near, headers={})
    with pytest.raises(TypeError, match="no option 'call_timeuot'; did you mean 'call_timeout'"):
        rpc.accept(near, Api(), call_timeuot=1)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="no option 'unix'"):
        _ = rpc.connect(near, unix="x")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="no option 'keepalive'"):
        rpc.accept(near, Api(), keepalive=1)  # type: ignore[call-overload]
    given: Any
    for given in (0, -1, float("nan"), -float("inf"), True, "5"):
        message = f"call_timeout is a number of seconds above zero, or None; not {given!r}"
        with pytest.raises(ValueError, match=re.escape(message)):
            rpc.accept(near, Api(), call_timeout=given)
    given = 5
    with pytest.raises(TypeError, match="on_close must be a function, not 5"):
        rpc.accept(near, Api(), on_close=given)


@pytest.mark.parametrize(
    "where",
    [{}, {"host": HOST}, {"host": HOST, "port": 0, "unix": "x"}, {"unix": "x", "sock": object()}],
)
def test_one_place_to_listen(where: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="give one place to listen"):
        rpc.serve(Api, **where)  # type: ignore[call-overload]


def test_a_server_needs_something_to_make_objects_with() -> None:
    with pytest.raises(TypeError, match="a class for instance"):
        rpc.serve(Api(), HOST, 0)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="max_sessions must be a positive int"):
        rpc.asgi_app(Api, max_sessions=0)


def _pair() -> tuple[rpc.Transport, rpc.Transport]:
    async def make() -> tuple[rpc.Transport, rpc.Transport]:
        return rpc.memory_pair()

    return asyncio.run(make())


@own_loop
async def test_closing_gives_up_what_is_being_opened() -> None:
    with socket.create_server((HOST, 0)) as silent:
        silent.setblocking(False)
        connection = rpc.connect(f"ws://{HOST}:{silent.getsockname()[1]}", local=Greeter())
        opening = asyncio.ensure_future(connection.__aenter__())
        peer, _ = await asyncio.get_running_loop().sock_accept(silent)
        await connection.aclose()
        with pytest.raises(rpc.SessionClosedError, match="while it was being opened"):
            await opening
        peer.close()


def test_the_port_of_a_server_that_has_none(tmp_path: Path) -> None:
    async def main() -> None:
        server = rpc.serve(Api, unix=tmp_path / "socket")
        with pytest.raises(RuntimeError, match="does not run"):
            _ = server.port
        async with server:
            with pytest.raises(RuntimeError, match="on no port"):
                _ = server.port

    asyncio.run(main())
