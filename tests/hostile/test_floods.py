"""Too much of everything, and peers that go, or do not move."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from capnweb_runtime import Limits
from capnweb_runtime.errors import ConnectionLostError
from tests.hostile.objects import Api
from tests.hostile.site import HOST, Raw, Site, attacked


@attacked(Api, Limits(exports=200))
async def test_pushes_that_are_never_pulled(site: Site) -> None:
    """Limits.exports"""
    raw = await site.raw()
    await raw.send(*[["push", ["pipeline", 0, ["echo"], ["x"]]]] * 199)
    assert await raw.barrier() == []
    assert raw.tables == (1, 200)
    await raw.send(["push", 1])
    assert "more than 200 results and objects" in await raw.aborted()


@attacked(Api, Limits(exports=50))
async def test_calls_that_never_end(site: Site) -> None:
    """Limits.exports: they are cancelled when the session has had enough."""
    raw = await site.raw()
    await raw.send(*[["push", ["pipeline", 0, ["wait"], []]]] * 49)
    await raw.barrier()
    await site.answers()
    await raw.send(["push", ["pipeline", 0, ["wait"], []]])
    await raw.aborted()


@attacked(Api, Limits(exports=50))
async def test_calls_that_never_end_and_are_let_go(site: Site) -> None:
    """Limits.exports: the same for calls that are in no table, and for many in one message."""
    wait = ["pipeline", 0, ["wait"], []]
    raw = await site.raw()
    for number in range(1, 51):
        await raw.send(["push", wait], ["release", number, 1])
    assert await raw.barrier() == []
    assert raw.tables == (1, 1)
    await raw.send(["push", wait])
    assert "more than 50 calls of the session are under way" in await raw.aborted()
    for message in (["push", [[wait] * 5000]], ["resolve", 99, [[wait] * 51]]):
        raw = await site.raw()
        await raw.send(message)
        assert "more than 50 calls" in await raw.aborted()
    raw = await site.raw()
    await raw.send(["push", [[wait, wait, [1]]]])
    assert "not an expression" in await raw.aborted()


@attacked(Api, Limits(exports=50))
async def test_objects_that_are_never_released(site: Site) -> None:
    """Limits.exports: once the table is full, a call for one more is rejected."""
    raw = await site.raw()
    for _ in range(48):
        assert (await raw.ask(["make"], []))[0] == "resolve"
    kind, name, message = await raw.ask(["make"], [])
    assert (kind, name) == ("reject", "TypeError")
    assert "Limits.exports" in message
    assert await raw.ask(["ping"], []) == ["resolve", "pong"]
    await raw.send(*[["release", -number, 1] for number in range(1, 49)])
    await raw.barrier()


@attacked(Api, Limits(imports=50))
async def test_introductions(site: Site) -> None:
    """Limits.imports"""
    for tag in ("export", "promise"):
        raw = await site.raw()
        await raw.send(["push", [[[tag, -number] for number in range(1, 51)]]])
        await raw.send(["release", 1, 1])
        released = await raw.barrier()
        assert sorted(message[1] for message in released) == list(range(-50, 0))
        await raw.send(["push", [[[tag, -number] for number in range(1, 52)]]])
        assert "the peer exports more than 50 objects" in await raw.aborted()


@attacked(Api)
async def test_one_object_introduced_many_times(site: Site) -> None:
    """CNT-05"""
    raw = await site.raw()
    await raw.send(["push", [[["export", -1]] * 10_000]], ["release", 1, 1])
    assert await raw.barrier() == [["release", -1, 10_000]]


@attacked(Api)
async def test_promises_that_are_never_resolved(site: Site) -> None:
    """PIPE-08, BAD-04: calls that wait for them are as good as gone when the session ends."""
    for ending in (["nope"], ["abort", 1], None):
        raw = await site.raw()
        for number in range(1, 101):
            await raw.send(["push", ["pipeline", 0, ["echo"], [["promise", -number]]]])
            await raw.send(["pull", number])
        assert await raw.barrier() == []
        assert raw.tables == (101, 101)
        if ending is None:
            await raw.websocket.close()
        else:
            await raw.send(ending)
        await raw.over()


@attacked(Api)
async def test_promises_in_a_circle(site: Site) -> None:
    """PIPE-08: each waits for the next, and the last for the first."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["echo"], [["promise", -1]]]], ["pull", 1])
    await raw.send(["push", ["pipeline", 0, ["echo"], [["pipeline", 1]]]], ["pull", 2])
    await raw.send(["resolve", -1, ["pipeline", 2]])
    assert await raw.barrier() == [["release", -1, 1]]
    await site.answers()
    await raw.send(["release", 1, 1], ["release", 2, 1])
    await raw.barrier()


CHAINS: dict[str, Callable[[int], Any]] = {
    "properties": lambda number: ["pipeline", number, ["a"]],
    "calls": lambda number: ["pipeline", number, ["echo"], [1]],
    "arguments": lambda number: ["pipeline", 0, ["echo"], [["pipeline", number]]],
    "arguments of tasks": lambda number: ["pipeline", 0, ["slowly"], [["pipeline", number]]],
    "both": lambda number: ["pipeline", number, ["echo"], [["pipeline", number, ["a"]]]],
}


@pytest.mark.parametrize("kind", CHAINS)
@attacked(Api)
async def test_a_chain_of_promises(site: Site, kind: str) -> None:
    """PIPE-01, PIPE-03: a thousand, each made of the one before, that are not there yet."""
    raw = await site.raw()
    for first in ("echo", "slowly"):
        start = raw._pushes + 1
        await raw.send(["push", ["pipeline", 0, [first], [["promise", -start]]]])
        await raw.send(*[["push", CHAINS[kind](start + number)] for number in range(1000)])
        await raw.send(["resolve", -start, {"a": None}], ["pull", start + 1000])
        assert await raw.receive() == ["release", -start, 1]
        answer = await raw.receive()
        assert answer[:2] in (["resolve", start + 1000], ["reject", start + 1000])
        await raw.send(*[["release", number, 1] for number in range(start, start + 1001)])
        await raw.barrier()
        assert raw.tables == (1, 1)


@attacked(Api)
async def test_promises_that_become_promises(site: Site) -> None:
    """PIPE-10: a peer may make a chain of its own as long as it likes; it gains nothing by it."""
    for method in ("echo", "slowly"):
        raw = await site.raw()
        await raw.send(["push", ["pipeline", 0, [method], [["promise", -1]]]], ["pull", 1])
        for number in range(1, 3000):
            await raw.send(["resolve", -number, ["promise", -number - 1]])
            assert await raw.receive() == ["release", -number, 1]
        await raw.send(["resolve", -3000, 5])
        assert await raw.receive() == ["release", -3000, 1]
        assert await raw.receive() == ["resolve", 1, 5]
        await raw.send(["release", 1, 1])
        await raw.barrier()


@attacked(Api)
async def test_callbacks_that_answer_oddly(site: Site) -> None:
    """BAD-02, MSG-13, MSG-14: twice, with nonsense, with themselves, or for others."""
    raw = await site.raw()
    call = ["push", ["pipeline", 0, ["call"], [["export", -1], 5]]]
    await raw.send(call, ["pull", 1])
    assert await raw.receive() == ["push", ["pipeline", -1, [], [5]]]
    assert await raw.receive() == ["release", -1, 1]
    assert await raw.receive() == ["resolve", 1, ["pipeline", 1]]
    await raw.send(["resolve", 1, ["import", 0]], ["resolve", 1, 6], ["reject", 1, 7])
    await raw.send(["reject", -1, 1], ["resolve", -1, ["export", -1]], ["release", 1, 1])
    assert [message[0] for message in await raw.barrier()] == ["release", "release"]


# --- peers that go, or do not move


@attacked(Api)
async def test_a_connection_that_is_reset(site: Site) -> None:
    """WS-06: in the middle of calls, in both directions."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["wait"], []]], ["pull", 1])
    await raw.send(["push", ["pipeline", 0, ["call"], [["export", -1], 5]]], ["pull", 2])
    await raw.barrier()
    _reset(raw)
    assert isinstance(await raw.over(), ConnectionLostError)


@attacked(Api)
async def test_a_connection_that_ends_in_the_middle_of_a_message(site: Site) -> None:
    """WS-06"""
    raw = await site.raw()
    raw.websocket.transport.write(b"\x81\xfe\xff\xff" + b"\x00" * 4 + b'["push",')
    raw.websocket.transport.abort()
    assert isinstance(await raw.over(), ConnectionLostError)


def _reset(raw: Raw) -> None:
    sock: socket.socket = raw.websocket.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.websocket.transport.abort()


@attacked(Api)
async def test_a_close_without_a_word(site: Site) -> None:
    """WS-06"""
    for code, reason in ((1000, ""), (3000, "bye"), (4999, "x" * 123)):
        raw = await site.raw()
        await raw.websocket.close(code, reason)
        assert str(await raw.over()) == f"the connection was closed: {code} {reason}".rstrip()


@attacked(Api)
async def test_connections_that_say_nothing(site: Site) -> None:
    """MSG-01: sessions that are opened, and no more."""
    raws = [await site.raw() for _ in range(20)]
    assert all(raw.tables == (1, 1) for raw in raws)
    await site.answers()


@attacked(Api)
async def test_connections_that_are_no_websockets(site: Site) -> None:
    """They never become a session."""
    for greeting in (
        b"",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nX: y\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(HOST, site.server.port)
        writer.write(greeting)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        await site.answers()
    assert site.server.sessions == {site.of_bystander}
    site.faults.clear()  # the library logs a failed handshake


@attacked(Api, Limits(unsent=1_000_000))
async def test_a_peer_that_does_not_read(site: Site) -> None:
    """Limits.unsent: it is not waited for."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (HOST, site.server.port))
    raw = await site.raw(sock=sock, max_queue=1)
    # More than the sockets between them hold, and more than the limit.
    for number in range(1, 101):
        await raw.send(["push", ["pipeline", 0, ["much"], [300_000]]], ["pull", number])
    await site.answers()
    reason = await raw.over()
    assert isinstance(reason, ConnectionLostError)
    assert str(reason) == "more than 1000000 characters wait for a peer that does not read"
    raw.websocket.transport.abort()


@attacked(Api)
async def test_a_peer_that_does_not_read_when_it_is_told_to_go(site: Site) -> None:
    """WS-05: nor does it hold up a server that is closed, for longer than it takes to close."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (HOST, site.server.port))
    raw = await site.raw(sock=sock, max_queue=1)
    await raw.send(["push", ["pipeline", 0, ["much"], [20_000_000]]], ["pull", 1])
    await site.answers()
    await site.answers()
    raw.session._transport.abort()
    await raw.over()
    raw.websocket.transport.abort()
