"""Worker processes: `spawn`, and `serve_stdio` in what it starts."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import quiet
from tests.loops import run

WORKER = str(Path(__file__).with_name("worker.py"))


class Parent(rpc.Target):
    """The main object of this side."""

    def __init__(self) -> None:
        self.greeted: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def greet(self, text: str) -> None:
        self.greeted.set_result(text)


def process(way: str = "plain", **options: Any) -> rpc.WorkerProcess[rpc.DynamicStub]:
    return rpc.spawn(sys.executable, "-W", "error", WORKER, way, **options)


@asynccontextmanager
async def working(
    way: str = "plain", **options: Any
) -> AsyncIterator[tuple[rpc.WorkerProcess[rpc.DynamicStub], rpc.DynamicStub]]:
    """A worker, of which nothing may be left."""
    before = asyncio.all_tasks()
    started = process(way, **options)
    async with started as worker:
        yield started, worker
        if started.session.reason is None:
            del worker
            gc.collect()
    assert started.session.stats() == (0, 0)
    assert started.returncode is not None
    with pytest.raises(ChildProcessError):  # nobody is left to be waited for: no zombie
        os.waitpid(started.pid, os.WNOHANG)  # noqa: ASYNC222 (it does not wait)
    assert asyncio.all_tasks() == before, "a task is left"


def test_calls_and_callbacks() -> None:
    async def test() -> None:
        async with working(local=Parent()) as (started, worker):
            assert await worker.square(3) == 9
            assert await worker.echo({"a": [b"b", None]}) == {"a": [b"b", None]}
            assert await worker.call(lambda x: x + 1, 4) == 5
            assert [n async for n in await worker.count(100)] == list(range(100))
            with pytest.raises(rpc.RemoteError, match="not a function"):
                await worker.nothing()
        assert started.returncode == 0

    run(test)


def test_huge_messages() -> None:
    """Larger than what pipes and streams hold, both ways and at once."""

    async def test() -> None:
        async with working() as (_, worker):
            values = [bytes([n]) * 3_000_000 for n in range(4)]
            assert await asyncio.gather(*(worker.echo(value) for value in values)) == values

    run(test)


def test_the_worker_calls_first() -> None:
    async def test() -> None:
        parent = Parent()
        async with working("greeting", local=parent):
            assert await parent.greeted == "hello from the worker"

    run(test)


def test_by_await() -> None:
    async def test() -> None:
        started = process()
        with pytest.raises(RuntimeError, match="not started yet"):
            _ = started.pid
        with pytest.raises(RuntimeError, match="not started yet"):
            _ = started.session
        worker = await started
        assert started.pid > 0
        assert started.returncode is None
        with pytest.raises(RuntimeError, match="once"):
            await started
        assert await worker.square(2) == 4
        await started.aclose()
        await started.aclose()
        assert started.returncode == 0

    run(test)


def test_the_main_stub_ends_it() -> None:
    async def test() -> None:
        async with working() as (started, worker):
            assert await worker.square(2) == 4
            worker.dispose()
            await started.session.wait_closed()
        assert started.returncode == 0

    run(test)


ENDS: list[tuple[str, tuple[int, ...], str, int]] = [
    ("kill", (), "the process was ended by SIGKILL", -signal.SIGKILL),
    ("exit", (7,), "the process ended with exit code 7", 7),
    ("exit", (0,), "the process ended with exit code 0", 0),
]


@pytest.mark.parametrize(("name", "arguments", "reason", "code"), ENDS)
def test_a_process_that_dies(name: str, arguments: tuple[int, ...], reason: str, code: int) -> None:
    async def test() -> None:
        async with working() as (started, worker):
            pending = asyncio.ensure_future(worker.wait())
            assert await worker.square(3) == 9
            with pytest.raises(rpc.ConnectionLostError, match=reason):
                await worker[name](*arguments)
            with pytest.raises(rpc.ConnectionLostError, match=reason):
                await pending
            with pytest.raises(rpc.ConnectionLostError, match=reason):
                await worker.square(3)
        assert started.returncode == code

    run(test)


def test_killed_within_a_stream() -> None:
    async def test() -> None:
        async with working() as (_, worker):
            got: list[int] = []

            async def read() -> None:
                async for number in await worker.die_within(3):
                    got.append(number)  # noqa: PERF401 (what came before the end counts)

            with pytest.raises((rpc.ConnectionLostError, rpc.StreamError), match="SIGKILL"):
                await read()
            assert got == [0, 1, 2][: len(got)]

    run(test)


def test_killed_from_outside_while_it_is_written_to() -> None:
    async def test() -> None:
        async with working() as (started, worker):
            assert await worker.square(3) == 9
            os.kill(started.pid, signal.SIGSTOP)
            pending = asyncio.ensure_future(worker.echo(b"x" * 5_000_000))
            await quiet()
            assert started.session._transport.unsent > 5_000_000, "it does not read"
            os.kill(started.pid, signal.SIGKILL)
            with pytest.raises(rpc.ConnectionLostError, match="SIGKILL"):
                await pending

    run(test)


def test_something_else_holds_its_output(capfd: pytest.CaptureFixture[str]) -> None:
    """The end of the process is the end, whoever else has its pipe."""

    async def test() -> None:
        async with working() as (_, worker):
            with pytest.raises(rpc.ConnectionLostError, match="exit code 4"):
                await worker.leave_a_child()

    try:
        run(test)
    finally:
        os.kill(int(capfd.readouterr().err), signal.SIGKILL)


GARBAGE = {
    "no JSON": ("no message\n", "not a JSON message"),
    "no UTF-8": ("\udcff\udcfe\n", "must be text"),
    "no RPC": ("[1]\n", "bad RPC message"),
    "no end": ("x" * 1000, "longer than 100"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage(kind: str) -> None:
    text, reason = GARBAGE[kind]

    async def test() -> None:
        async with working(limits=rpc.Limits(message_size=100)) as (started, worker):
            assert await worker.square(3) == 9
            with pytest.raises(rpc.ProtocolError, match=reason):
                await worker.garbage(text)
        assert started.returncode == 0

    run(test)


@pytest.mark.parametrize(
    ("way", "code"), [("deaf", -signal.SIGTERM), ("stubborn", -signal.SIGKILL)]
)
def test_a_process_that_does_not_end(way: str, code: int) -> None:
    async def test() -> None:
        async with working(way, grace=0.2) as (started, worker):
            assert await worker.square(3) == 9
        assert started.returncode == code

    run(test)


def test_cancelled_while_it_waits_for_the_end() -> None:
    async def test() -> None:
        started = process("stubborn", grace=60.0)
        worker = await started
        assert await worker.square(3) == 9
        closing = asyncio.create_task(started.aclose())
        await quiet()
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await started._exited.wait()
        assert started.returncode == -signal.SIGKILL

    run(test)


def test_what_it_prints_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        async with working() as (_, worker):
            assert await worker.prints() == ""

    run(test)
    out, err = capfd.readouterr()
    assert (out, err.splitlines()) == ("", ["printed", "written", "by a child"])


def test_it_cannot_be_started() -> None:
    class Local(rpc.Target):
        gone = False

        def __exit__(self, *exc: object) -> None:
            Local.gone = True

    async def test() -> None:
        with pytest.raises(FileNotFoundError):
            await rpc.spawn("/no/such/program", local=Local())
        await asyncio.sleep(0)
        assert Local.gone

    run(test)


def test_what_is_no_stub_class() -> None:
    with pytest.raises(TypeError, match="must be a generated stub class"):
        rpc.spawn(int, "true")  # type: ignore[type-var, unused-awaitable]
    with pytest.raises(TypeError, match="a program to start is missing"):
        rpc.spawn(rpc.DynamicStub)  # type: ignore[call-overload]


def test_standard_input_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("")
    with (tmp_path / "input").open() as source:
        done = subprocess.run(
            [sys.executable, "-W", "always", WORKER, "plain"],
            stdin=source,
            capture_output=True,
            text=True,
            check=False,
        )
    assert "ValueError" in done.stderr
    assert "ResourceWarning" not in done.stderr
