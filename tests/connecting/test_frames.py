"""WebSocket byte for byte, over both socket libraries: what peers may send, and what not."""

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

import capnweb_runtime as rpc
from capnweb_runtime.transports.queued import CLOSE_TIMEOUT
from tests.connecting.objects import Api
from tests.connecting.raw import HOST, LIBRARIES, RawPeer, frame, raw_client, raw_server, text
from tests.faults.clock import with_jumping_clock
from tests.loops import own_loop

CALL = text("push", ["pipeline", 0, ["square"], [3]]) + text("pull", 1)
ANSWER = ["resolve", 1, 9]

LIMITS = rpc.Limits(message_size=1000)  # characters: 4000 bytes

#: What ends a connection: its bytes, and the close code that the peer is told.
FAULTS: dict[str, tuple[bytes, int]] = {
    "not masked": (frame(0x81, b'["pull",1]', masked=False), 1002),
    "the first reserved bit": (frame(0xC1, b"[]"), 1002),
    "the second reserved bit": (frame(0xA1, b"[]"), 1002),
    "the third reserved bit": (frame(0x91, b"[]"), 1002),
    "a reserved bit of a ping": (frame(0xC9), 1002),
    "an unknown opcode": (frame(0x83), 1002),
    "an unknown opcode of control frames": (frame(0x8B), 1002),
    "a ping in fragments": (frame(0x09), 1002),
    "a long ping": (frame(0x89, bytes(126)), 1002),
    "a fragment of nothing": (frame(0x80, b"[]"), 1002),
    "a text within another": (frame(0x01, b"[") + frame(0x81, b"[]"), 1002),
    "bytes within a text": (frame(0x01, b"[") + frame(0x02, b"[]"), 1002),
    "no text": (frame(0x81, b'["\xff"]'), 1007),
    "no text in fragments": (frame(0x01, b'["\xc3') + frame(0x80, b'"]'), 1007),
    "a surrogate": (frame(0x81, b'["\xed\xa0\x80"]'), 1007),
    "a long frame": (frame(0x81, bytes(4001))[:8], 1009),
    "a very long frame": (b"\x81\xff" + (1 << 40).to_bytes(8) + b"mask", 1009),
    "a long message in fragments": (frame(0x01, bytes(2001)) + frame(0x00, bytes(2000)), 1009),
    "a close frame of one byte": (frame(0x88, b"\x03"), 1002),
    "a close code that is not sent": (frame(0x88, (1005).to_bytes(2)), 1002),
    "a close code that there is not": (frame(0x88, (999).to_bytes(2)), 1002),
    "a close reason that is no text": (frame(0x88, (1000).to_bytes(2) + b"\xff"), 1007),
}


@LIBRARIES
@pytest.mark.parametrize("fault", FAULTS)
@own_loop
async def test_faults(library: str, fault: str) -> None:
    data, code = FAULTS[fault]
    async with raw_client(library, limits=LIMITS) as (peer, session):
        peer.write(CALL, data)
        told, reason = await peer.closed()
        assert told == code
        peer.writer.close()
        await session.wait_closed()
        assert str(session.reason) == f"the connection was closed: {code} {reason}".rstrip()
        assert session.stats() == (0, 0)


@LIBRARIES
@own_loop
async def test_bytes_where_text_is_due(library: str) -> None:
    async with raw_client(library) as (peer, session):
        peer.write(frame(0x82, b'["pull",1]'))
        assert (await peer.message())[0] == "abort"
        assert (await peer.frame())[1][:2] == (3000).to_bytes(2)
        peer.writer.close()
        await session.wait_closed()


@LIBRARIES
@own_loop
async def test_the_longest_message(library: str) -> None:
    async with raw_client(library, limits=LIMITS) as (peer, _):
        longest = json.dumps(
            ["push", ["pipeline", 0, ["echo"], ["\N{GRINNING FACE}"]]], ensure_ascii=False
        )
        longest = longest.replace("\N{GRINNING FACE}", "\N{GRINNING FACE}" * (1001 - len(longest)))
        assert len(longest) == 1000
        peer.write(frame(0x81, longest.encode()), text("pull", 1))
        kind, _, value = await peer.message()
        assert (kind, set(value)) == ("resolve", {"\N{GRINNING FACE}"})


@LIBRARIES
@own_loop
async def test_fragments_with_a_ping_between(library: str) -> None:
    async with raw_client(library) as (peer, _):
        push = json.dumps(["push", ["pipeline", 0, ["echo"], ["ä"]]], ensure_ascii=False).encode()
        at = push.index("ä".encode()) + 1  # within the character
        peer.write(
            frame(0x01, push[:at]),
            frame(0x89, b"here?"),
            frame(0x00),
            frame(0x80, push[at:]),
            frame(0x8A, b"an answer to nothing"),
            text("pull", 1),
        )
        assert await peer.frame() == (10, b"here?")
        assert await peer.message() == ["resolve", 1, "ä"]


@LIBRARIES
@own_loop
async def test_byte_by_byte(library: str) -> None:
    async with raw_client(library) as (peer, _):
        for byte in CALL:
            peer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await peer.message() == ANSWER


@LIBRARIES
@pytest.mark.parametrize("cut", [0, 3, 30, len(CALL)])
@own_loop
async def test_messages_with_the_handshake(library: str, cut: int) -> None:
    async with raw_client(library, first=CALL[:cut]) as (peer, _):
        peer.write(CALL[cut:])
        assert await peer.message() == ANSWER


@LIBRARIES
@own_loop
async def test_a_request_of_a_browser(library: str) -> None:
    head = "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
    async with raw_client(library, head=head) as (peer, _):
        peer.write(CALL)
        assert await peer.message() == ANSWER


@LIBRARIES
@pytest.mark.parametrize(
    ("payload", "close"),
    [((4001).to_bytes(2) + b"enough", (4001, "enough")), (b"", (1005, ""))],
)
@own_loop
async def test_the_close_frame_of_a_peer(
    library: str, payload: bytes, close: tuple[int, str]
) -> None:
    ends: list[tuple[int, str]] = []

    def on_close(code: int, reason: str) -> None:
        ends.append((code, reason))

    async with raw_client(library, on_close=on_close) as (peer, session):
        peer.write(frame(0x88, payload), CALL)
        assert await peer.frame() == (8, payload)
        with pytest.raises(EOFError):
            await peer.frame()
        peer.writer.close()
        await session.wait_closed()
        assert close in ends
        assert session.reason is not None


@LIBRARIES
@own_loop
async def test_half_a_frame_and_the_end(library: str) -> None:
    async with raw_client(library) as (peer, session):
        peer.write(CALL[:20])
        peer.writer.write_eof()
        await session.wait_closed()
        assert "no close frame received" in str(session.reason)


@LIBRARIES
@own_loop
async def test_half_a_frame_and_silence(library: str) -> None:
    async with raw_client(library, keepalive=0.01, keepalive_timeout=0.01) as (peer, session):
        peer.write(CALL[:20])
        await session.wait_closed()
        assert "did not answer a ping" in str(session.reason)


@LIBRARIES
@own_loop
async def test_pings_that_are_answered(library: str) -> None:
    async with raw_client(library, keepalive=0.01, keepalive_timeout=30) as (peer, _):
        for _ in range(3):
            opcode, payload = await peer.frame()
            assert opcode == 9
            peer.write(frame(0x8A, payload))


@LIBRARIES
@with_jumping_clock
async def test_a_peer_that_does_not_answer_the_close_frame(library: str) -> None:
    async with raw_client(library, keepalive=None) as (peer, session):
        before = asyncio.get_running_loop().time()
        await session.aclose(4000, "bye")
        assert asyncio.get_running_loop().time() - before >= CLOSE_TIMEOUT
        assert await peer.frame() == (8, (4000).to_bytes(2) + b"bye")


@LIBRARIES
@with_jumping_clock
async def test_a_peer_that_goes_on_after_its_fault(library: str) -> None:
    async with raw_client(library) as (peer, session):
        peer.write(FAULTS["not masked"][0])
        opcode, payload = await peer.frame()
        assert (opcode, payload[:2]) == (8, (1002).to_bytes(2))
        peer.write(CALL * 10_000)
        await session.wait_closed()
        assert session.stats() == (0, 0)


class Counting(Api):
    """Notes in which turn of the event loop it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = 0
        self.calls: dict[int, int] = {}
        self.passing = True
        asyncio.get_running_loop().call_soon(self._pass)

    def _pass(self) -> None:
        self.turn += 1
        if self.passing:
            asyncio.get_running_loop().call_soon(self._pass)

    def count(self) -> None:
        self.calls[self.turn] = self.calls.get(self.turn, 0) + 1


@LIBRARIES
@own_loop
async def test_a_burst_leaves_turns_to_others(library: str) -> None:
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    count = 20_000
    async with raw_client(library, main=make) as (peer, _):
        call = text("push", ["pipeline", 0, ["count"], []])
        peer.write(
            *(call + text("release", number, 1) for number in range(1, count + 1)),
            text("push", ["pipeline", 0, ["square"], [3]]),
            text("pull", count + 1),
        )
        assert await peer.message() == ["resolve", count + 1, 9]
        calls = made[-1].calls
        assert sum(calls.values()) == count
        assert max(calls.values()) <= 256
        for each in made:
            each.passing = False


# ---------------------------------------------------------------- clients


@LIBRARIES
@pytest.mark.parametrize("cut", [0, 1, 9, 100])
@own_loop
async def test_a_server_that_speaks_first(library: Any, cut: int) -> None:
    """What comes with the handshake is not lost, wherever it is cut."""
    push = json.dumps(["push", ["pipeline", 0, ["square"], [3]]]).encode()
    data = frame(0x81, push, masked=False) + frame(0x81, b'["pull",1]', masked=False)
    async with raw_server(data[:cut]) as (url, came):
        connection = rpc.connect(url, local=Api(), socket_library=library)
        await connection
        peer = await came
        peer.write(data[cut:])
        assert await peer.message() == ANSWER
        peer.write(frame(0x88, (1000).to_bytes(2), masked=False))
        assert await peer.frame() == (8, (1000).to_bytes(2))
        peer.writer.close()
        await connection.session.wait_closed()
        await connection.aclose()


@LIBRARIES
@own_loop
async def test_a_server_that_masks(library: Any) -> None:
    async with raw_server() as (url, came):
        connection = rpc.connect(url, socket_library=library)
        await connection
        peer = await came
        peer.write(frame(0x81, b'["pull",1]'))
        opcode, payload = await peer.frame()
        assert (opcode, payload[:2]) == (8, (1002).to_bytes(2))
        peer.writer.close()
        await connection.session.wait_closed()
        await connection.aclose()


@LIBRARIES
@own_loop
async def test_a_server_that_refuses(library: Any) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await RawPeer(reader, writer).head()
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 11\r\n\r\n")
        await asyncio.sleep(0)
        writer.write(b"not for you")
        writer.close()

    async with await asyncio.start_server(refuse, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(InvalidStatus) as caught:
            await rpc.connect(f"ws://{HOST}:{port}", socket_library=library)
        assert caught.value.response.status_code == 403
        assert caught.value.response.body == b"not for you"


# ---------------------------------------------------------------- picows alone


@own_loop
async def test_many_empty_fragments() -> None:
    """They take no memory, and others are served meanwhile; `websockets` refuses so many."""
    async with raw_client("picows", limits=LIMITS) as (peer, _):
        push = json.dumps(["push", ["pipeline", 0, ["square"], [3]]]).encode()
        peer.write(frame(0x01, push), frame(0x00) * 50_000, frame(0x80), text("pull", 1))
        assert await peer.message() == ANSWER


@own_loop
async def test_pings_of_a_peer_that_does_not_read() -> None:
    """Their answers do not fill the memory."""
    async with raw_client("picows", keepalive=None) as (peer, session):
        socket = session._transport._socket  # type: ignore[attr-defined]
        pings = frame(0x89, bytes(125)) * 500  # 65 kB
        for _ in range(200):
            peer.write(pings)
            await peer.writer.drain()
        peer.write(CALL)
        while True:
            opcode, payload = await peer.frame()
            assert socket.get_write_buffer_size() < 200_000
            if opcode == 1:
                break
        assert json.loads(payload) == ANSWER


@own_loop
async def test_the_buffer_of_a_large_message() -> None:
    """It is kept neither by the session nor for others."""
    async with raw_client("picows") as (peer, session):
        transport: Any = session._transport
        size = 3_000_000
        push = json.dumps(["push", ["pipeline", 0, ["echo"], ["x" * size]]]).encode()
        head = b"\x81\xff" + len(push).to_bytes(8) + bytes(4)
        peer.write(head, push)
        while transport._parser is None:  # noqa: ASYNC110 (nothing tells that it reads)
            await asyncio.sleep(0)
        parser = transport._parser
        while len(parser.get_buffer(-1)) < 100_000:
            assert transport._parser is parser
            await asyncio.sleep(0)
        peer.write(text("release", 1, 1), CALL.replace(b'["pull", 1]', b'["pull", 2]'))
        assert await peer.message() == ["resolve", 2, 9]
        assert transport._parser is None
        assert parser not in transport._parsers._spare
