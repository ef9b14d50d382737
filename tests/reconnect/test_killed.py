"""Over sockets: a server process that is killed again and again, and one that is restarted."""

import asyncio
import collections
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import capnweb_runtime as rpc
from tests.docs.blocks import ROOT, free_port
from tests.loops import own_loop

#: Short waits: this test is in real time.
SOON = rpc.Backoff(initial=0.02, maximum=0.2, lasting=0)


class Program:
    """The server process, which can be killed and started again."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        journal.touch()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.reconnect.program", str(self.port), str(self.journal)),
            cwd=ROOT,
        )

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()  # SIGKILL
            await process.wait()

    async def noted(self, *lines: str) -> None:
        """Wait until the server has begun these calls."""
        while not set(lines) <= set(self.lines()):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.01)

    def lines(self) -> list[str]:
        return self.journal.read_text().splitlines()

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator["Program"]:
        program = cls(folder / "journal")
        await program.start()
        try:
            yield program
        finally:
            await program.kill()


def log_in(api: rpc.DynamicStub) -> rpc.DynamicPromise:
    return api.log_in("secret")


@own_loop
async def recovers(tmp_path: Path) -> None:
    async with Program.running(tmp_path) as program:
        connection = rpc.connect(
            program.url, reconnect=SOON, on_connect=log_in, idempotent=["read"]
        )
        async with connection as api:
            called = asyncio.Event()
            read = asyncio.Event()

            async def source() -> AsyncIterator[bytes]:
                while True:
                    yield bytes(1000)

            async def download() -> None:
                async for _ in await api.download():
                    read.set()

            under_way = [
                asyncio.ensure_future(api.hang("a")),
                asyncio.ensure_future(api.upload(source())),
                asyncio.ensure_future(api.watch(called.set)),
                asyncio.create_task(download()),
            ]
            await program.noted("hang a", "upload", "watch")
            await called.wait()
            await read.wait()

            await program.kill()
            *calls, stream = await asyncio.gather(*under_way, return_exceptions=True)
            assert [type(call) for call in calls] == [rpc.InterruptedCallError] * 3
            assert isinstance(stream, rpc.RpcError)

            waiting = [asyncio.ensure_future(api.add(str(number))) for number in range(10)]
            await program.start()
            assert await asyncio.gather(*waiting) == [str(number) for number in range(10)]
            assert [line for line in program.lines() if line.startswith("add")] == [
                f"add {number}" for number in range(10)
            ]
            assert program.lines().count("hang a") == 1, "not sent again"
            assert connection.stats().sessions == 2
            async for chunk in await api.download():
                assert chunk == bytes(1000)
                break
        assert connection.stats().waiting == 0


def test_calls_and_streams_under_way(tmp_path: Path) -> None:
    recovers(tmp_path)


@own_loop
async def under_load(tmp_path: Path) -> None:
    async with Program.running(tmp_path) as program:
        sent = 0
        done: set[str] = set()
        unknown: set[str] = set()
        stopping = False
        more = asyncio.Event()  # set after every 200 calls

        async def add(api: rpc.DynamicStub, worker: int) -> None:
            nonlocal sent
            while not stopping:
                sent += 1
                token = f"{worker}.{sent}"
                try:
                    assert await api.add(token) == token
                    done.add(token)
                    if len(done) % 200 == 0:
                        more.set()
                except rpc.InterruptedCallError:
                    unknown.add(token)

        async def read(api: rpc.DynamicStub, worker: int) -> None:
            nonlocal sent
            while not stopping:
                sent += 1
                token = f"{worker}.{sent}"
                assert await api.read(token) == token  # never an error

        connection = rpc.connect(
            program.url, reconnect=SOON, on_connect=log_in, idempotent=["read"], max_waiting=20
        )
        async with connection as api:
            workers = [asyncio.create_task(add(api, number)) for number in range(10)]
            workers += [asyncio.create_task(read(api, number)) for number in range(10)]
            for _ in range(3):
                await more.wait()
                await program.kill()
                await program.start()
                more.clear()
            await more.wait()
            stopping = True
            await asyncio.gather(*workers)
            assert connection.stats().sessions == 4
        added = collections.Counter(
            line.removeprefix("add ") for line in program.lines() if line.startswith("add ")
        )
        assert set(added.values()) == {1}, "at most once"
        assert done <= added.keys()
        assert added.keys() - done <= unknown


@pytest.mark.timeout(120)
def test_under_load(tmp_path: Path) -> None:
    under_load(tmp_path)


@own_loop
async def over_a_socket() -> None:
    """The server is closed and opened again on the same port, in this process."""

    class Api(rpc.Target):
        def number(self) -> int:
            return len(ports)

    ports: list[int] = []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    errors: list[Exception] = []
    failed = asyncio.Event()

    def disconnected(error: Exception, _: float) -> None:
        errors.append(error)
        failed.set()

    connection = rpc.connect(f"ws://127.0.0.1:{port}", reconnect=SOON, on_disconnect=disconnected)
    opening = asyncio.ensure_future(connection)
    await failed.wait()
    assert isinstance(errors[0], ConnectionRefusedError)
    for number in range(1, 4):
        ports.append(port)
        async with rpc.serve(Api, "127.0.0.1", port):
            api = await opening
            assert isinstance(api, rpc.DynamicStub)
            assert await api.number() == number
    await connection.aclose()
    assert any(str(error).startswith("the connection was closed: 1001") for error in errors)


def test_a_server_that_is_restarted() -> None:
    over_a_socket()
