"""Peers that speak bytes, and need not keep to any protocol."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from websockets.utils import accept_key

import capnweb_runtime as rpc
from tests.connecting.objects import Api
from tests.faults.frames import Frame, Frames

__all__ = ["LIBRARIES", "RawPeer", "frame", "raw_client", "raw_server", "text"]

HOST: Final = "127.0.0.1"

#: Tests of what is read from sockets run with both.
LIBRARIES: Final = pytest.mark.parametrize("library", ["websockets", "picows"])

_KEY: Final = "AAAAAAAAAAAAAAAAAAAAAA=="


class RawPeer:
    """One end of a TCP connection, on which a WebSocket has been opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = Frames()
        self._arrived: list[Frame] = []

    def write(self, *data: bytes) -> None:
        """Write it all, in one piece."""
        self.writer.write(b"".join(data))

    async def head(self) -> str:
        """The request or response that comes first."""
        return (await self._next()).raw.decode("latin-1")

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame.

        Raises:
            EOFError: if there is none any more.
        """
        frame = await self._next()
        assert frame.opcode is not None
        return frame.opcode, frame.payload

    async def _next(self) -> Frame:
        while not self._arrived:
            data = await self.reader.read(65536)
            if not data:
                raise EOFError
            self._arrived += self._frames.feed(data)
        return self._arrived.pop(0)

    async def message(self) -> Any:
        """The next message."""
        opcode, payload = await self.frame()
        assert opcode == 1, (opcode, payload)
        return json.loads(payload)

    async def closed(self) -> tuple[int, str]:
        """Wait until the other side closes; gives what it said in a close frame, and then nothing.

        Messages before that are passed over.
        """
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                break
        assert not self._arrived
        assert await self.reader.read() == b""
        return int.from_bytes(payload[:2]), payload[2:].decode()


def frame(first: int, payload: bytes = b"", *, masked: bool = True) -> bytes:
    """A frame with this first byte, such as 0x81 for a text, whatever it may be."""
    head = bytes([first, (0x80 if masked else 0) | min(len(payload), 126)])
    if len(payload) >= 126:
        head += len(payload).to_bytes(2)
    mask = b"\0\0\0\0" if masked else b""  # which changes nothing
    return head + mask + payload


def text(*message: object) -> bytes:
    """A message of a client's."""
    return frame(0x81, json.dumps(message).encode())


@asynccontextmanager
async def raw_client(
    library: Any,
    *,
    main: Callable[[], object] = Api,
    head: str = "Connection: Upgrade\r\n",
    first: bytes = b"",
    **options: Any,
) -> AsyncIterator[tuple[RawPeer, rpc.Session]]:
    """A client of bytes, and the session at the server; whoever looks on is served as ever.

    Args:
        library: the server's `socket_library`.
        main: makes the main object.
        head: further headers of the request.
        first: what is written in one piece with it.
        options: of the server.
    """
    async with (
        rpc.serve(main, HOST, 0, socket_library=library, **options) as server,
        rpc.connect(f"ws://{HOST}:{server.port}") as bystander,
    ):
        await bystander.square(1)
        before = server.sessions
        peer = RawPeer(*await asyncio.open_connection(HOST, server.port))
        request = (
            f"GET / HTTP/1.1\r\nHost: {HOST}:{server.port}\r\nUpgrade: websocket\r\n{head}"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n\r\n"
        )
        peer.write(request.encode(), first)
        assert "101 Switching Protocols" in await peer.head()
        while not (new := server.sessions - before):
            await bystander.square(1)
        [session] = new
        yield peer, session
        assert await bystander.square(3) == 9
        peer.writer.close()
        await session.wait_closed()
        with contextlib.suppress(ConnectionError):
            await peer.writer.wait_closed()


@asynccontextmanager
async def raw_server(first: bytes = b"") -> AsyncIterator[tuple[str, "asyncio.Future[RawPeer]"]]:
    """A server of bytes: its URL, and who has come; `first` is written with the handshake."""
    came: asyncio.Future[RawPeer] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = RawPeer(reader, writer)
        head = await peer.head()
        [key] = [line[19:] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key")]
        response = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        )
        peer.write(response.encode(), first)
        came.set_result(peer)

    async with await asyncio.start_server(answer, HOST, 0) as server:
        yield f"ws://{HOST}:{server.sockets[0].getsockname()[1]}", came
        peer = await came
        peer.writer.close()
        with contextlib.suppress(ConnectionError):
            await peer.writer.wait_closed()
