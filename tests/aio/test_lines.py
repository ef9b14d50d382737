"""Newline-framed messages over asyncio's streams: what a peer of pipes or sockets may do."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.aio.refs import DynamicStub
from capnweb_runtime.transports import queued
from capnweb_runtime.transports.base import NO_CLOSE
from tests.aio.pairs import quiet
from tests.loops import run


class Api(rpc.Target):
    def echo(self, value: Any) -> Any:
        return value

    async def call(self, function: DynamicStub) -> Any:
        return await function(2)

    async def count(self, end: int) -> AsyncIterator[int]:
        for number in range(end):
            yield number


class Received(rpc.Receiver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[object] = []
        self.ends: list[str] = []
        self.news = asyncio.Event()

    @override
    def received(self, messages: list[Any]) -> None:
        self.messages += messages
        self.news.set()

    @override
    def lost(self, reason: str, close: rpc.Close = NO_CLOSE) -> None:
        self.ends.append(reason)
        self.news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self.news.clear()
            await self.news.wait()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def sockets() -> tuple[Streams, Streams]:
    left, right = socket.socketpair()
    return await asyncio.open_connection(sock=left), await asyncio.open_connection(sock=right)


@asynccontextmanager
async def one_end(**options: Any) -> AsyncIterator[tuple[rpc.LineTransport, Received, Streams]]:
    """A transport, what it tells, and the raw other end."""
    before = asyncio.all_tasks()
    (reader, writer), other = await sockets()
    transport, receiver = rpc.LineTransport(reader, writer, **options), Received()
    transport.start(receiver)
    yield transport, receiver, other
    transport.close(1000, "")
    other[1].close()
    await transport.wait_closed()
    assert len(receiver.ends) == 1, receiver.ends
    assert asyncio.all_tasks() == before, "a task is left"
    await other[1].wait_closed()


def test_messages_are_lines() -> None:
    async def test() -> None:
        async with one_end() as (transport, receiver, (reader, writer)):
            transport.send(['["pull",1]', '["é"]'])
            transport.send(["x"])
            assert await reader.readexactly(20) == '["pull",1]\n["é"]\nx\n'.encode()
            await quiet()
            assert transport.unsent == 0
            for part in (b"[1]\n[", b"2]", b"\n\n \r\n[3]\r\n", "é\n".encode()[:1]):
                writer.write(part)
                await quiet()
            writer.write("é\n".encode()[1:])
            await receiver.until(lambda: len(receiver.messages) == 4)
            assert receiver.messages == ["[1]", "[2]", "[3]\r", "é"]

    run(test)


def test_what_is_no_text() -> None:
    async def test() -> None:
        async with one_end() as (_, receiver, (_, writer)):
            writer.write(b"\xff\n[1]\n")
            await receiver.until(lambda: len(receiver.messages) == 2)
            assert receiver.messages == [b"\xff", "[1]"]

    run(test)


def test_a_line_at_the_limit() -> None:
    """Past it the session is given what there is, and nothing is kept."""

    async def test() -> None:
        async with one_end(message_size=10) as (transport, receiver, (_, writer)):
            writer.write(b"x" * 40)
            await quiet()
            assert receiver.messages == []
            writer.write(b"\n" + b"y" * 41)
            await receiver.until(lambda: len(receiver.messages) == 2)
            assert receiver.messages == ["x" * 40, "y" * 41]
            assert not transport._line

    run(test)


def test_a_peer_that_ends_no_line_is_cut_off() -> None:
    """Limits.message_size, BAD-01"""

    async def test() -> None:
        reader, writer = await fed_session(b"x" * 401)
        said = json.loads(await reader.readline())
        assert said == [
            "abort",
            ["error", "TypeError", "a message of 401 characters is longer than 100"],
        ]
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    async def fed_session(data: bytes) -> Streams:
        (near, out), other = await sockets()
        transport = rpc.LineTransport(near, out, message_size=100)
        session = rpc.accept(transport, Api(), limits=rpc.Limits(message_size=100))
        other[1].write(data)
        await session.wait_closed()
        assert isinstance(session.reason, rpc.ProtocolError)
        return other

    run(test)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (b"", "the peer closed the connection"),
        (b"[1", "the peer closed the connection within a message"),
    ],
)
def test_the_peer_closes(last: bytes, reason: str) -> None:
    async def test() -> None:
        async with one_end() as (transport, receiver, (_, writer)):
            writer.write(last)
            writer.close()
            await transport.wait_closed()
            assert receiver.ends == [reason]
            transport.send(["to nobody"])

    run(test)


def test_a_peer_that_does_not_read() -> None:
    """What waits is counted, and is dropped by `abort`."""

    async def test() -> None:
        async with one_end() as (transport, receiver, _):
            transport.send(["x" * 4_000_000] * 3)
            await quiet()
            assert transport.unsent == 12_000_003  # with the ends of the lines
            transport.close(1000, "")  # waits for the peer, for some seconds
            await quiet()
            assert receiver.ends == []
            transport.abort()
            await transport.wait_closed()
            assert receiver.ends == ["the connection was given up"]
            transport.abort()

    run(test)


def test_a_peer_that_closes_and_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way to it has some seconds; it must not keep the connection for ever."""
    monkeypatch.setattr(queued, "CLOSE_TIMEOUT", 0.01)

    async def test() -> None:
        async with one_end() as (transport, receiver, (_, writer)):
            transport.send(["x" * 12_000_000])
            await quiet()
            writer.write_eof()
            await transport.wait_closed()
            assert receiver.ends == ["the peer closed the connection"]

    run(test)


def test_closing_writes_what_was_sent() -> None:
    async def test() -> None:
        async with one_end() as (transport, receiver, (reader, writer)):
            transport.send(["x" * 3_000_000])
            transport.close(1000, "")
            writer.write(b"[1]\n")  # after close nothing is received
            assert len(await reader.read()) == 3_000_001
            writer.close()
            await transport.wait_closed()
            assert receiver.messages == []

    run(test)


def test_unsent_ends_the_session() -> None:
    """Limits.unsent"""

    async def test() -> None:
        (near, out), (_, writer) = await sockets()
        connection = rpc.connect(rpc.LineTransport(near, out), limits=rpc.Limits(unsent=100_000))
        async with connection as api:
            with pytest.raises(rpc.ConnectionLostError, match="peer that does not read"):
                await api.echo("x" * 3_000_000)
            await connection.session.wait_closed()
        writer.close()
        await writer.wait_closed()

    run(test)


def test_sessions_over_unix_sockets(tmp_path: Path) -> None:
    """In both roles, with callbacks and streams."""
    path = str(tmp_path / "socket")

    async def test() -> None:
        sessions: list[rpc.Session[Any]] = []

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sessions.append(rpc.accept(rpc.LineTransport(reader, writer), Api()))
            await sessions[-1].wait_closed()

        server = await asyncio.start_unix_server(handle, path)
        reader, writer = await asyncio.open_unix_connection(path)
        async with rpc.connect(rpc.LineTransport(reader, writer)) as api:
            assert await api.echo([1, "a\nb", b"c"]) == [1, "a\nb", b"c"]
            assert await api.call(lambda n: n * 5) == 10
            assert [n async for n in await api.count(50)] == list(range(50))
            value = "é" * 2_000_000
            assert await api.echo(value) == value
        await sessions[0].wait_closed()
        assert sessions[0].stats() == (0, 0)
        server.close()
        await server.wait_closed()

    run(test)


def test_a_pipe_for_each_way() -> None:
    """One that breaks on the side that is written to ends the connection."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        source, kept = os.pipe()
        broken, sink = os.pipe()
        reader = asyncio.StreamReader()
        reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(source, "rb", 0)
        )
        writing, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(sink, "wb", 0)
        )
        writer = asyncio.StreamWriter(writing, protocol, None, loop)
        transport, receiver = rpc.LineTransport(reader, writer, reading=reading), Received()
        transport.start(receiver)
        os.close(broken)
        transport.send(["a"])
        transport.send(["b"])
        await transport.wait_closed()
        assert len(receiver.ends) == 1
        assert receiver.ends[0].startswith("the peer does not read")
        os.close(kept)

    run(test)
