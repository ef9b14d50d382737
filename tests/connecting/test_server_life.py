"""Servers from start to end: how many they take, how they end, and what sessions are told."""

import asyncio
import contextlib
import re
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

import capnweb_runtime as rpc
from tests.connecting.objects import Api, Greeter
from tests.loops import own_loop

HOST = "127.0.0.1"


class Told:
    """What the callbacks of a session were told.

    Attributes:
        closed: set when it is over.
    """

    def __init__(self) -> None:
        self.errors: list[rpc.BrokenError] = []
        self.closes: list[tuple[int, str]] = []
        self.closed = asyncio.Event()

    def on_close(self, code: int, reason: str) -> None:
        self.closes.append((code, reason))
        self.closed.set()


@own_loop
async def test_what_both_ends_are_told_of_a_usual_end() -> None:
    at_server, at_client = Told(), Told()
    async with rpc.serve(
        Api, HOST, 0, on_close=at_server.on_close, on_error=at_server.errors.append
    ) as server:
        async with rpc.connect(
            f"ws://{HOST}:{server.port}",
            on_close=at_client.on_close,
            on_error=at_client.errors.append,
        ) as api:
            await api.square(2)
        await at_server.closed.wait()
        await at_client.closed.wait()
    assert at_client.closes == at_server.closes == [(1000, "")]
    assert at_client.errors == at_server.errors == []


@own_loop
async def test_a_close_code_of_ones_own() -> None:
    at_server = Told()
    async with rpc.serve(
        Api, HOST, 0, on_close=at_server.on_close, on_error=at_server.errors.append
    ) as server:
        connection = rpc.connect(f"ws://{HOST}:{server.port}")
        await connection
        await connection.session.aclose(4001, "go away, " + "ä" * 100)
        await at_server.closed.wait()
    [(code, reason)] = at_server.closes
    assert code == 4001
    assert re.fullmatch("go away, ä{50,57}", reason)  # what fits into a close frame
    [error] = at_server.errors
    assert isinstance(error, rpc.ConnectionLostError)


@own_loop
async def test_what_both_ends_are_told_of_a_fault() -> None:
    at_server, at_client = Told(), Told()
    async with rpc.serve(
        Api, HOST, 0, on_close=at_server.on_close, on_error=at_server.errors.append
    ) as server:
        websocket = await open_websocket(f"ws://{HOST}:{server.port}")
        connection = rpc.connect(
            websocket, on_close=at_client.on_close, on_error=at_client.errors.append
        )
        await connection
        await websocket.send("nonsense")
        await at_server.closed.wait()
        await at_client.closed.wait()
        await connection.aclose()
    [server_error], [client_error] = at_server.errors, at_client.errors
    assert isinstance(server_error, rpc.ProtocolError)
    assert isinstance(client_error, rpc.PeerAbortedError)
    assert [code for code, _ in at_server.closes] == [3000]
    assert [code for code, _ in at_client.closes] == [3000]


@own_loop
async def test_a_callback_that_fails_is_reported_and_harms_nothing() -> None:
    reports: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(str(context["exception"])))

    def on_close(code: int, reason: str) -> None:
        raise ValueError(f"told {code}{reason}")

    near, far = rpc.memory_pair()
    server = rpc.accept(far, Api(), on_close=on_close)
    async with rpc.connect(near) as api:
        await api.square(2)
    await server.wait_closed()
    await asyncio.sleep(0)
    assert reports == ["told 1000"]


@own_loop
async def test_no_more_sessions_than_may_be() -> None:
    async with rpc.serve(Api, HOST, 0, max_sessions=2) as server:
        url = f"ws://{HOST}:{server.port}"
        async with rpc.connect(url) as first, rpc.connect(url) as second:
            await asyncio.gather(first.square(1), second.square(1))
            with pytest.raises(InvalidStatus) as refused:
                await rpc.connect(url)
            assert refused.value.response.status_code == 503
            assert server.stats() == (2, 2, 1, 2, 2)
        while server.sessions:  # noqa: ASYNC110 (nothing tells when the server has noticed)
            await asyncio.sleep(0)
        async with rpc.connect(url) as again:
            assert await again.square(3) == 9


@own_loop
async def test_many_that_come_at_once_are_no_more_than_may_be() -> None:
    async with rpc.serve(Api, HOST, 0, max_sessions=3) as server:
        url = f"ws://{HOST}:{server.port}"

        async def come() -> None:
            async with rpc.connect(url) as api:
                await api.square(1)
                await all_there.wait()

        all_there = asyncio.Event()
        coming = [asyncio.ensure_future(come()) for _ in range(10)]
        refused = 0
        for each in asyncio.as_completed(coming):  # seven fail, and then the others may go
            try:
                await each
            except (InvalidStatus, rpc.BrokenError):
                refused += 1
            if refused == 7:
                all_there.set()
        assert server.stats()[1:3] == (3, 7)


@own_loop
async def test_a_factory_that_fails() -> None:
    reports: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))
    fault = RuntimeError("no database")

    def make() -> Api:
        raise fault

    async with rpc.serve(make, HOST, 0) as server:
        websocket = await open_websocket(f"ws://{HOST}:{server.port}")
        with pytest.raises(ConnectionClosed) as closed:
            await websocket.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "")
        assert server.stats() == (0, 0, 0, 0, 0)
    assert reports == [fault]


@own_loop
async def test_what_a_factory_called_before_it_failed() -> None:
    reports: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))
    calling: list[asyncio.Future[object]] = []
    told = Told()

    def make(peer: rpc.Peer) -> Api:
        calling.append(asyncio.ensure_future(peer.main.name()))
        raise ValueError("too early")

    async with rpc.serve(make, HOST, 0, on_close=told.on_close) as server:
        websocket = await open_websocket(f"ws://{HOST}:{server.port}")
        await websocket.wait_closed()
        with pytest.raises(rpc.SessionClosedError, match="could not be started"):
            await calling[0]
    assert [str(report) for report in reports] == ["too early"]
    assert told.closes == []  # there was no session


@own_loop
async def test_a_server_calls_its_clients() -> None:
    """The stub of a client's main object is there from the start."""
    names: list[str] = []
    told = asyncio.Event()

    class Asking(rpc.Target):
        def __init__(self, peer: rpc.Peer) -> None:
            self.peer = peer

        async def ask(self) -> None:
            names.append(await self.peer.main.name())
            told.set()

    async with (
        rpc.serve(Asking, HOST, 0) as server,
        rpc.connect(f"ws://{HOST}:{server.port}", local=Greeter()) as api,
    ):
        await api.ask()
    assert names == ["a client"]


@own_loop
async def test_a_factory_that_wants_no_session() -> None:
    """It disposes of the stub that it is given, which closes the session before it has begun."""
    released: list[object] = []

    class Refused(Api):
        def __exit__(self, *_: object) -> None:
            released.append(self)

    def refuse(peer: rpc.Peer) -> Api:
        peer.main.dispose()
        return Refused()

    at_client = Told()
    async with rpc.serve(refuse, HOST, 0, idle_timeout=60) as server:
        connection = rpc.connect(f"ws://{HOST}:{server.port}", on_close=at_client.on_close)
        api = await connection
        with pytest.raises(rpc.ConnectionLostError):
            await api.square(1)
        await at_client.closed.wait()
        await connection.aclose()
    assert at_client.closes == [(1000, "")]
    assert len(released) == 1


@own_loop
async def test_a_session_that_is_idle_ends() -> None:
    at_client = Told()
    async with (
        rpc.serve(Api, HOST, 0, idle_timeout=0.05) as server,
        rpc.connect(
            f"ws://{HOST}:{server.port}",
            on_close=at_client.on_close,
            on_error=at_client.errors.append,
        ),
    ):
        await at_client.closed.wait()
    assert at_client.closes == [(3008, "nothing came for too long")]
    [error] = at_client.errors
    assert isinstance(error, rpc.ConnectionLostError)


@own_loop
async def test_calls_under_way_are_cancelled_when_a_server_is_closed() -> None:
    api, at_client = Api(), Told()
    async with rpc.serve(lambda: api, HOST, 0) as server:
        connection = rpc.connect(f"ws://{HOST}:{server.port}", on_close=at_client.on_close)
        stub = await connection
        waiting = asyncio.ensure_future(stub.wait())
        await api.waiting.wait()
    with pytest.raises(rpc.ConnectionLostError, match="1001 the server shuts down"):
        await waiting
    await at_client.closed.wait()
    assert at_client.closes == [(1001, "the server shuts down")]
    assert api.ended == ["cancelled"]
    await connection.aclose()


@own_loop
async def test_calls_under_way_are_answered_within_the_grace() -> None:
    api = Api()
    server = await rpc.serve(lambda: api, HOST, 0, grace=60)
    port = server.port
    connection = rpc.connect(f"ws://{HOST}:{port}")
    stub = await connection
    waiting = asyncio.ensure_future(stub.wait())
    await api.waiting.wait()
    closing = asyncio.ensure_future(server.aclose())
    await asyncio.sleep(0)  # it begins
    with pytest.raises(OSError, match=r"refused|failed"):
        await open_websocket(f"ws://{HOST}:{port}")
    assert await stub.square(3) == 9  # who is there is served
    api.gate.set()
    assert await waiting == "through"
    await closing
    assert api.ended == ["through"]
    await connection.aclose()


@own_loop
async def test_the_grace_has_an_end() -> None:
    api = Api()
    server = await rpc.serve(lambda: api, HOST, 0, grace=60)
    connection = rpc.connect(f"ws://{HOST}:{server.port}")
    stub = await connection
    waiting = asyncio.ensure_future(stub.wait())
    await api.waiting.wait()
    await server.aclose(grace=0.01)
    with pytest.raises(rpc.ConnectionLostError):
        await waiting
    assert api.ended == ["cancelled"]
    await connection.aclose()
    await server.aclose()  # once more does no harm


@pytest.mark.parametrize("batches", [True, False])
@own_loop
async def test_who_has_not_said_what_for_is_not_waited_for(batches: bool) -> None:
    server = await rpc.serve(Api, HOST, 0, batches=batches, open_timeout=None)
    said = (b"", b"GET", b"GET / HTTP/1.1\r\n")
    clients = [await asyncio.open_connection(HOST, server.port) for _ in said]
    for (_, writer), data in zip(clients, said, strict=True):
        writer.write(data)
    async with rpc.connect(f"ws://{HOST}:{server.port}") as api:
        await api.square(2)  # the others are there as well by now
    await server.aclose()
    for reader, writer in clients:
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


#: A server of its own process: it tells its port, and then what happens.
PROGRAM = """
import asyncio, os, socket, sys
import capnweb_runtime as rpc

class Api(rpc.Target):
    def __init__(self): self.gate = asyncio.Event()
    def pid(self): return os.getpid()
    def open_gate(self): self.gate.set()
    async def wait(self):
        print("waiting", flush=True)
        await self.gate.wait()
        return "through"

async def main():
    async with rpc.serve(Api, "127.0.0.1", int(sys.argv[1]), grace=30, reuse_port=True) as server:
        print(server.port, flush=True)
        await server.serve_forever()
        print("closing", flush=True)
    print("closed", flush=True)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def process(folder: Path, port: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    program = folder / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


async def line(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    return (await child.stdout.readline()).decode().strip()


@own_loop
async def test_sigterm_closes_gracefully(tmp_path: Path) -> None:
    async with process(tmp_path) as child:
        connection = rpc.connect(f"ws://{HOST}:{await line(child)}")
        api = await connection
        waiting = asyncio.ensure_future(api.wait())
        assert await line(child) == "waiting"
        child.send_signal(signal.SIGTERM)
        assert await line(child) == "closing"
        await api.open_gate()  # what is called within the grace is answered as well
        assert await waiting == "through"
        assert await line(child) == "closed"
        assert await child.wait() == 0
        await connection.aclose()


@own_loop
async def test_sigterm_ends_all_servers_of_a_program() -> None:
    async with rpc.serve(Api, HOST, 0) as one, rpc.serve(Api, HOST, 0) as two:
        cancelled = asyncio.ensure_future(one.serve_forever())
        serving = [asyncio.ensure_future(each.serve_forever()) for each in (one, two)]
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        signal.raise_signal(signal.SIGTERM)
        await asyncio.gather(*serving)
    with pytest.raises(RuntimeError, match="started once"):
        _ = await one


@own_loop
async def test_several_processes_on_one_port(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((HOST, 0))  # and not listening: nobody is sent here
        port = reserved.getsockname()[1]
        async with process(tmp_path, port) as one, process(tmp_path, port) as two:
            assert await line(one) == await line(two) == str(port)
            pids: set[object] = set()
            while len(pids) < 2:  # the system divides connections by their addresses
                async with rpc.connect(f"ws://{HOST}:{port}") as api:
                    pids.add(await api.pid())
            assert pids == {one.pid, two.pid}
