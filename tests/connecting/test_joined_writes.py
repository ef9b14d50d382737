"""What is sent over a WebSocket in one turn of the loop is one write; all else is as without."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosedOK

import capnweb_runtime as rpc
from capnweb_runtime.transports.base import NO_CLOSE
from capnweb_runtime.transports.frames import AT_ONCE
from capnweb_runtime.transports.handover import OpenedClient
from capnweb_runtime.transports.picows_transport import PicowsTransport
from capnweb_runtime.transports.websocket import WebSocketTransport
from tests.aio.pairs import quiet
from tests.connecting.raw import LIBRARIES
from tests.loops import own_loop

HOST = "127.0.0.1"

#: Characters, far more than all the buffers of the system between two ends hold.
MUCH = 20_000_000


class Received(rpc.Receiver):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[object] = []
        self.ends: list[tuple[str, rpc.Close]] = []
        self.ended = asyncio.Event()

    @override
    def received(self, messages: list[Any]) -> None:
        self.messages += messages

    @override
    def lost(self, reason: str, close: rpc.Close = NO_CLOSE) -> None:
        self.ends.append((reason, close))
        self.ended.set()


class Pair:
    """A transport, and the bare connection at the other end.

    Attributes:
        writes: how long what was written to the socket at a time was.
    """

    def __init__(self, ours: Any, theirs: Any) -> None:
        self.ours = ours
        self.theirs = theirs
        self.receiver = Received()
        self.transport: WebSocketTransport | PicowsTransport
        if isinstance(ours, OpenedClient):
            self.transport = PicowsTransport(ours, 2 * MUCH)
        else:
            self.transport = WebSocketTransport(ours)
        self.writes: list[int] = []
        write = self.ours.transport.write

        def watched(data: bytes) -> None:
            self.writes.append(len(data))
            write(data)

        self.ours.transport.write = watched

    async def expect(self, messages: list[str | bytes]) -> None:
        """These arrive next."""
        arrived = [await self.theirs.recv() for _ in messages]
        assert [len(message) for message in arrived] == [len(message) for message in messages]
        assert arrived == messages

    async def stop_reading(self) -> None:
        """The other end does not read, and what the system buffers is full."""
        self.theirs.transport.pause_reading()
        self.transport.send(["x" * MUCH])
        await quiet()
        assert self.transport.unsent
        assert self.ours.transport.get_write_buffer_size()


@asynccontextmanager
async def pair(
    library: str = "websockets", *, compression: str | None = None
) -> AsyncIterator[Pair]:
    connected: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def handler(websocket: ServerConnection) -> None:
        connected.set_result(websocket)
        await over.wait()

    options: dict[str, Any] = {"compression": compression, "ping_interval": None, "max_size": None}
    async with serve_websockets(handler, HOST, 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        made = OpenedClient if library == "picows" else None
        ours = await open_websocket(f"ws://{HOST}:{port}", create_connection=made, **options)
        joined = Pair(ours, await connected)
        joined.transport.start(joined.receiver)
        try:
            yield joined
            joined.transport.close(1000, "")
        finally:
            over.set()
        await joined.transport.wait_closed()
        assert len(joined.receiver.ends) == 1, joined.receiver.ends


def short(count: int, start: int = 0) -> list[str | bytes]:
    return [f'["pull",{number}]' for number in range(start, start + count)]


@LIBRARIES
@own_loop
async def test_one_write(library: str) -> None:
    async with pair(library) as joined:
        joined.transport.send(short(500))
        assert len(joined.writes) == 1, "at once, without a turn of the loop"
        assert joined.transport.unsent == 0
        await joined.expect(short(500))


@LIBRARIES
@own_loop
async def test_a_write_has_a_bound(library: str) -> None:
    async with pair(library) as joined:
        messages: list[str | bytes] = ["x" * 1000] * 200
        joined.transport.send(messages)
        await joined.expect(messages)
        assert len(joined.writes) == 4
        assert max(joined.writes) < AT_ONCE + 1000


@pytest.mark.parametrize(
    ("library", "compression"), [("websockets", None), ("websockets", "deflate"), ("picows", None)]
)
@own_loop
async def test_order(library: str, compression: str | None) -> None:
    """Of short ones, long ones, bytes, and what is sent while others wait."""
    async with pair(library, compression=compression) as joined:
        sent: list[str | bytes] = []
        for turn in range(20):
            messages = [*short(3, len(sent)), "ü" * (turn * 20_000), b"bytes", *short(2, 1000)]
            joined.transport.send(messages)
            sent += messages
            if turn % 5 == 0:
                await asyncio.sleep(0)
        await joined.expect(sent)
        assert joined.transport.unsent == 0


@LIBRARIES
@own_loop
async def test_a_peer_that_does_not_read(library: str) -> None:
    """What waits is counted, and does not go into a buffer where nobody would count it."""
    async with pair(library) as joined:
        await joined.stop_reading()
        written = len(joined.writes)
        for turn in range(100):
            joined.transport.send(short(1000, 1000 * turn))
            await asyncio.sleep(0)
        everything = MUCH + sum(map(len, short(100_000)))
        if library == "websockets":
            assert joined.transport.unsent == everything
        else:  # of the long message only what the system has not taken is counted
            assert everything - MUCH < joined.transport.unsent < everything
        assert len(joined.writes) == written
        joined.theirs.transport.resume_reading()
        await joined.expect(["x" * MUCH, *short(100_000)])
        assert joined.transport.unsent == 0


@LIBRARIES
@own_loop
async def test_a_small_backlog(library: str) -> None:
    """Of short messages no more than two writes' worth goes beyond what the system takes."""
    async with pair(library) as joined:
        joined.theirs.transport.pause_reading()
        messages: list[str | bytes] = ["x" * 1000] * 1000
        most, turns = 0, 0
        while not joined.transport.unsent:
            joined.transport.send(messages)
            turns += 1
            await asyncio.sleep(0)
            most = max(most, joined.ours.transport.get_write_buffer_size())
        assert 0 < most < 2 * AT_ONCE
        joined.theirs.transport.resume_reading()
        await joined.expect(messages * turns)


@LIBRARIES
@own_loop
async def test_closing_writes_what_was_sent(library: str) -> None:
    async with pair(library) as joined:
        messages: list[str | bytes] = [*short(100), "x" * MUCH, *short(100)]
        joined.transport.send(messages)
        joined.transport.close(3000, "done")
        joined.transport.send(["never"])
        await joined.expect([*messages, "never"])
        with pytest.raises(Exception, match="3000"):
            await joined.theirs.recv()


@LIBRARIES
@own_loop
async def test_a_peer_that_closes(library: str) -> None:
    async with pair(library) as joined:
        await joined.theirs.close(3001, "enough")
        await joined.receiver.ended.wait()
        joined.transport.send(short(100))
        await joined.transport.wait_closed()
        assert joined.receiver.ends == [
            ("the connection was closed: 3001 enough", rpc.Close(3001, "enough"))
        ]


@LIBRARIES
@own_loop
async def test_a_connection_that_is_aborted(library: str, caplog: pytest.LogCaptureFixture) -> None:
    """What is sent afterwards goes nowhere; asyncio would warn of writes to a lost connection."""
    async with pair(library) as joined:
        joined.transport.send(short(10))
        joined.transport.abort()
        for _ in range(10):
            joined.transport.send(short(10))
        await joined.transport.wait_closed()
        assert [close for _, close in joined.receiver.ends] == [NO_CLOSE]
    assert caplog.messages == []


@own_loop
async def test_whoever_had_the_connection_is_sending() -> None:
    """A message in fragments that was begun before is not torn."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def fragments() -> AsyncIterator[str]:
        yield "one, "
        begun.set()
        await go_on.wait()
        yield "two"

    async with pair() as joined:
        sending = asyncio.ensure_future(joined.ours.send(fragments()))
        await begun.wait()
        joined.transport.send(short(10))
        await asyncio.sleep(0)
        assert joined.transport.unsent
        go_on.set()
        await sending
        await joined.expect(["one, two", *short(10)])


@own_loop
async def test_pings_go_between() -> None:
    async with pair() as joined:
        for turn in range(5):
            joined.transport.send(short(10, 10 * turn))
            answered = await joined.ours.ping()
            joined.transport.send(short(10, 100 + 10 * turn))
            await joined.expect([*short(10, 10 * turn), *short(10, 100 + 10 * turn)])
            await answered
        joined.transport.close(1000, "")
        with pytest.raises(ConnectionClosedOK):
            await joined.theirs.recv()
