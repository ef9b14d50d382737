"""The parser of the `picows` library: bytes in, frames out, in C.

Nothing else of the library is used. Its handshake takes less than that of `websockets` (browsers
that send ``Connection: keep-alive, Upgrade`` are refused, Unix sockets too), its masks can be
foreseen, and what it answers by itself goes out however little a peer reads. So it is given a
handshake to make with itself, and a connection that goes nowhere.
"""

import asyncio
import functools
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from picows import WSAutoPingStrategy, WSFrame, WSListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not in its stubs
from websockets.utils import accept_key

__all__ = ["FrameParser", "Parsers", "feed", "parsers_of", "usable"]

#: Bytes that a parser begins with. It doubles them when a frame needs more, and never gives them
#: back.
_BUFFER: Final = 2048

#: Bytes up to which a parser is kept for others.
_KEPT: Final = 256 * 1024

#: Parsers that are kept: as many as are in the middle of a frame at the same time, as a rule.
_SPARE: Final = 4

_REQUEST: Final = (
    "GET / HTTP/1.1\r\n"
    "Upgrade: websocket\r\n"
    "Connection: upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {b64encode(bytes(16)).decode()}\r\n"
    "\r\n"
)

_RESPONSE: Final = (
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: upgrade\r\n"
    "Sec-WebSocket-Accept: {}\r\n"
    "\r\n"
)


class _Nowhere:
    """What a parser takes for its transport, socket and logger."""

    def get_extra_info(self, name: str, _: object = None) -> "_Nowhere | None":
        return self if name == "socket" else None

    def get_write_buffer_size(self) -> int:
        return 1  # so that it does not go past `write`

    def fileno(self) -> int:
        return -1

    def getsockopt(self, *_: object) -> int:
        return 0

    def isEnabledFor(self, _: object) -> bool:  # noqa: N802 (as the logging module has it)
        return False

    def exception(self, *_: object) -> None:
        raise  # noqa: PLE0704 (called where an exception of the listener's was caught)

    def nothing(self, *_: object, **__: object) -> None:
        pass

    setsockopt = write = writelines = close = abort = nothing
    debug = info = warning = error = log = nothing


_NOWHERE: Final = _Nowhere()


class _Listener(WSListener):
    """Hands frames to whoever has the parser at the moment."""

    # Found on the instance, it costs no method object for each frame.
    __slots__ = ("on_ws_frame",)

    on_ws_frame: Callable[[Any, WSFrame], None]  # type: ignore[assignment]


class FrameParser:
    """A parser that has all but the handshake before it.

    Attributes:
        get_buffer: gives where to read to.
        buffer_updated: is told how many bytes were read to there, and hands on the frames.
        listener: its `on_ws_frame` is called for each frame.
    """

    __slots__ = ("_transport", "buffer_updated", "get_buffer", "listener")

    def __init__(self, max_size: int, *, client: bool) -> None:
        """Make the handshake.

        Args:
            max_size: bytes of a frame.
            client: whether the frames are for a client, and thus a server's.
        """
        never = WSAutoPingStrategy.PING_WHEN_IDLE, False  # no pings, and no pongs
        self.listener = _Listener()
        parser = WSProtocol(
            "localhost",
            "/",
            client,
            lambda *_: self.listener,
            _NOWHERE,
            False,  # what the listener raises is for whoever reads
            None,
            False,
            0,
            0,
            *never,
            max_size,
            None,
            _BUFFER,
        )
        parser.connection_made(_NOWHERE)
        self._transport = parser.transport
        self.get_buffer: Callable[[int], memoryview] = parser.get_buffer
        self.buffer_updated: Callable[[int], None] = parser.buffer_updated
        handshake = _REQUEST
        if client:
            key: str = self._transport.request.headers["Sec-WebSocket-Key"]
            handshake = _RESPONSE.format(accept_key(key))
        feed(self, handshake.encode())

    @property
    def fault(self) -> tuple[int, str] | None:
        """The peer's mistake, after which nothing is parsed any more: a close code, and a text."""
        if not self._transport.is_close_frame_sent:
            return None
        sent = self._transport.close_handshake.sent
        return int(sent.code), sent.reason


class Parsers:
    """Parsers for connections of a kind, which are lent.

    A parser takes 4 KiB and more, and is of use to a connection only from the first byte of a frame
    to the last. Most connections are idle at most times.
    """

    __slots__ = ("__weakref__", "_client", "_loop", "_max_size", "_spare")

    def __init__(self, loop: asyncio.AbstractEventLoop, max_size: int, *, client: bool) -> None:
        self._loop = loop  # is there for as long as this: no other one has its id
        self._max_size = max_size
        self._client = client
        self._spare: list[FrameParser] = []

    def take(self, on_frame: Callable[[Any, WSFrame], None]) -> FrameParser:
        """A parser that calls `on_frame` for each frame, until it is given back."""
        spare = self._spare
        parser = spare.pop() if spare else FrameParser(self._max_size, client=self._client)
        parser.listener.on_ws_frame = on_frame
        return parser

    def give_back(self, parser: FrameParser) -> None:
        """`parser` is not in the middle of a frame, and has found no fault and no close frame."""
        del parser.listener.on_ws_frame
        if len(self._spare) < _SPARE and len(parser.get_buffer(-1)) <= _KEPT:
            self._spare.append(parser)


_PARSERS: Final[WeakValueDictionary[tuple[int, int, bool], Parsers]] = WeakValueDictionary()


def parsers_of(loop: asyncio.AbstractEventLoop, max_size: int, *, client: bool) -> Parsers:
    """The parsers for connections of this kind; `loop` is the one that runs.

    Args:
        loop: of the connections. Nobody else's parsers are theirs.
        max_size: bytes of a frame.
        client: whether the frames are for a client, and thus a server's.
    """
    kind = (id(loop), max_size, client)
    parsers = _PARSERS.get(kind)
    if parsers is None:
        parsers = _PARSERS[kind] = Parsers(loop, max_size, client=client)
    return parsers


class _ReadsInto(Protocol):
    def get_buffer(self, sizehint: int, /) -> memoryview:
        """Where to read to."""

    def buffer_updated(self, nbytes: int, /) -> None:
        """So much was read to there."""


def feed(parser: _ReadsInto, data: bytes) -> None:
    """Have bytes parsed that were read elsewhere."""
    left = memoryview(data)
    while left:
        buffer = parser.get_buffer(-1)
        count = min(len(buffer), len(left))
        buffer[:count] = left[:count]
        parser.buffer_updated(count)
        left = left[count:]


@functools.cache
def usable() -> bool:
    """Whether the version that is installed parses frames as this module takes it to."""
    try:
        for client, frame in ((False, b"\x81\x82\0\0\0\0ok"), (True, b"\x81\x02ok")):
            found: list[tuple[str, int]] = []

            def on_frame(_: object, frame: WSFrame, found: list[Any] = found) -> None:
                found.append((frame.get_payload_as_utf8_text(), frame.tail_size))

            parser = FrameParser(1024, client=client)
            parser.listener.on_ws_frame = on_frame
            feed(parser, frame + frame)
            if found != [("ok", len(frame)), ("ok", 0)] or parser.fault is not None:
                return False
    except Exception:  # noqa: BLE001 (whatever another version thinks of it)
        return False
    return True
