"""A TCP proxy that harms WebSocket connections, at the boundaries of messages.

    async with Proxy.to(server_port) as proxy:
        ...connect to proxy.port...
        link = await proxy.next_link()
        link.arm(Fault(Kind.RESET, Way.UP, after=3))
        ...
        await link.fired.wait()

A fault comes when so many messages have gone in its direction, counted from when it was armed. That
is when the last of them has been passed on, and before anything that follows. Nothing here sleeps
or depends on time.
"""

import asyncio
import contextlib
import enum
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Self, cast

from typing_extensions import override

from tests.faults.frames import Frame, Frames, close_frame

__all__ = ["CLOSE_CODE", "CLOSE_REASON", "HOST", "Fault", "Kind", "Link", "Proxy", "Way"]

HOST: Final = "127.0.0.1"

#: What the close frame of `Kind.CLOSE_FRAME` says.
CLOSE_CODE: Final = 4321
CLOSE_REASON: Final = "says the proxy"


class Way(enum.Enum):
    """The two directions."""

    UP = "up"  #: from the client to the server
    DOWN = "down"  #: from the server to the client

    @property
    def opposite(self) -> "Way":
        return Way.DOWN if self is Way.UP else Way.UP


class Kind(enum.Enum):
    """What may happen to a connection."""

    RESET = "reset"  #: both ends get a RST
    CLOSE = "close"  #: both ends get a FIN, and no close frame
    HALF_CLOSE = "half-close"  #: the receiver gets a FIN, its own messages still go through
    STALL = "stall"  #: nothing is read from the sender any more
    STALL_BOTH = "stall-both"  #: nor from the receiver
    TORN = "torn"  #: of the next message half comes through, then a RST
    CLOSE_FRAME = "close-frame"  #: the receiver gets a close frame that the sender did not send

    @property
    def stalls(self) -> bool:
        """Whether only the passing of time tells."""
        return self in {Kind.STALL, Kind.STALL_BOTH}


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens, in which direction, and after how many messages."""

    kind: Kind
    way: Way
    after: int

    @override
    def __str__(self) -> str:
        return f"{self.kind.value} after {self.after} messages {self.way.value}"


class _End(asyncio.Protocol):
    """One of the two connections of a link."""

    def __init__(self, link: "Link", way: Way) -> None:
        """`way` is the direction of what is read from it."""
        self.link = link
        self.way = way
        self.transport: asyncio.Transport
        self.lost = asyncio.Event()
        self.some = asyncio.Event()
        self.received = 0
        self.frames = Frames()
        self.messages = 0
        self.stalled = False
        self.mute = False
        self.ended = False
        self._held: list[Frame] = []

    @property
    def other(self) -> "_End":
        return self.link.ends[self.way.opposite]

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self.way is Way.UP:
            self.transport.pause_reading()  # until the other connection is there

    @override
    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.some.set()
        if self.link.raw:
            self.other.transport.write(data)
            return
        for frame in self.frames.feed(data):
            if self.stalled:
                self._held.append(frame)
            elif not self.mute:
                self.link.pass_on(self, frame)

    @override
    def eof_received(self) -> bool:
        self.ended = True
        other = self.other
        if not other.transport.is_closing():
            with contextlib.suppress(OSError):
                other.transport.write_eof()
        if other.ended:
            other.transport.close()
        return not other.ended  # the other direction lives on

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        if self.link.joined:
            other = self.other
            if not other.lost.is_set():
                other.transport.abort() if exc else other.transport.close()
            self.link.lost()

    @override
    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    @override
    def resume_writing(self) -> None:
        if not self.other.stalled:
            self.other.transport.resume_reading()

    def stall(self) -> None:
        """Read nothing any more: the sender's system will take no more of it."""
        self.stalled = True
        self.transport.pause_reading()

    def go_on(self) -> None:
        """Read again, after a stall."""
        held, self._held = self._held, []
        self.stalled = False
        for frame in held:
            self.link.pass_on(self, frame)
        self.transport.resume_reading()

    def reset(self) -> None:
        """End the connection with a RST."""
        self.mute = True
        if not self.lost.is_set():
            sock: socket.socket = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()


class Link:
    """A client's connection to the proxy and the proxy's to the server.

    Attributes:
        joined: whether both are there.
        fired: set when the fault has happened.
        closed: set when both connections are closed.
        raw: whether bytes are passed on as they come, and not message by message.
        in_two: whether each message is passed on as two frames, cut within a character.
    """

    def __init__(self) -> None:
        self.ends = {way: _End(self, way) for way in Way}
        self.fired = asyncio.Event()
        self.closed = asyncio.Event()
        self.raw = False
        self.in_two = False
        self.joined = False
        self._fault: Fault | None = None

    def count(self, way: Way) -> int:
        """How many messages have gone in this direction."""
        return self.ends[way].messages

    def arm(self, fault: Fault) -> None:
        """Let something happen; at once, if it is to come after no message."""
        self._fault = fault
        for end in self.ends.values():
            end.messages = 0
        self._look(self.ends[fault.way])

    def stall(self, way: Way) -> None:
        """Read nothing any more from whoever sends in this direction, until `go_on`."""
        self.ends[way].stall()

    def go_on(self, way: Way) -> None:
        """End a stall."""
        self.ends[way].go_on()

    async def some(self, way: Way, size: int) -> None:
        """Wait until so many more bytes have come in this direction."""
        end = self.ends[way]
        wanted = end.received + size
        while end.received < wanted:
            end.some.clear()
            await end.some.wait()

    def abort(self) -> None:
        """End both connections."""
        for end in self.ends.values():
            end.reset()

    # ---- for the ends

    def pass_on(self, end: _End, frame: Frame) -> None:
        """A frame has come from one end."""
        fault = self._fault
        sink = end.other.transport
        if fault and fault.kind is Kind.TORN and self._is_due(end) and frame.ends_message:
            sink.write(frame.raw[: frame.inside()])
            self._happen(end, fault)
            return
        sink.write(frame.in_two() if self.in_two and frame.ends_message else frame.raw)
        if frame.ends_message:
            end.messages += 1
            self._look(end)

    def lost(self) -> None:
        """A connection is over."""
        if all(end.lost.is_set() for end in self.ends.values()):
            self.closed.set()

    def _is_due(self, end: _End) -> bool:
        fault = self._fault
        due = fault is not None and fault.way is end.way and fault.after == end.messages
        return due and not self.fired.is_set()

    def _look(self, end: _End) -> None:
        fault = self._fault
        if fault and fault.kind is not Kind.TORN and self._is_due(end):
            self._happen(end, fault)

    def _happen(self, end: _End, fault: Fault) -> None:
        self.fired.set()
        match fault.kind:
            case Kind.RESET | Kind.TORN:
                self.abort()
            case Kind.CLOSE:
                for each in self.ends.values():
                    each.mute = True
                    each.transport.close()
            case Kind.HALF_CLOSE:
                end.mute = True
                end.other.transport.write_eof()
            case Kind.STALL:
                end.stall()
            case Kind.STALL_BOTH:
                end.stall()
                end.other.stall()
            case Kind.CLOSE_FRAME:
                end.mute = True
                masked = end.way is Way.UP
                end.other.transport.write(close_frame(CLOSE_CODE, CLOSE_REASON, masked=masked))


class Proxy:
    """Listens on a port of its own and passes on what comes to another port of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server
        self._links: list[Link] = []
        self._new: asyncio.Queue[Link] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, target_port: int) -> AsyncIterator[Self]:
        """A proxy to `target_port`; when the block is left nothing of it is."""
        proxy = cls(target_port)
        proxy._server = await asyncio.get_running_loop().create_server(proxy._accept, HOST, 0)
        try:
            yield proxy
        finally:
            proxy._server.close()
            for link in proxy._links:
                link.abort()
            for link in proxy._links:
                await link.closed.wait()
            await proxy._server.wait_closed()

    @property
    def url(self) -> str:
        """Where to connect to."""
        port: int = self._server.sockets[0].getsockname()[1]
        return f"ws://{HOST}:{port}"

    async def next_link(self) -> Link:
        """The link of the next client, once both its connections are there; in their order."""
        return await self._new.get()

    def _accept(self) -> asyncio.Protocol:
        link = Link()
        task = asyncio.get_running_loop().create_task(self._join(link))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return link.ends[Way.UP]

    async def _join(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: link.ends[Way.DOWN], HOST, self._target_port)
        except OSError:  # nobody listens there
            link.ends[Way.UP].transport.abort()
            return
        link.joined = True
        self._links.append(link)
        link.ends[Way.UP].transport.resume_reading()
        self._new.put_nowait(link)
