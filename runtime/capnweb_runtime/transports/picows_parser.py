"""The parser of the `picows` library: bytes in, frames out, in C.

Nothing else of the library is used. Its handshake takes less than that of `websockets` (browsers
that send ``Connection: keep-alive, Upgrade`` are refused, Unix sockets too), its masks can be
foreseen, and what it answers by itself goes out however little a peer reads. So it is given a
handshake to make with itself, and a connection that goes nowhere.
"""

import functools
from base64 import b64encode
from typing import Any, Final

from picows import WSAutoPingStrategy, WSFrame, WSListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not in its stubs
from typing_extensions import override
from websockets.utils import accept_key

__all__ = ["frame_parser", "usable"]

#: Bytes that a parser begins with. It doubles them when a frame needs more.
_BUFFER: Final = 2048

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


def frame_parser(listener: WSListener, max_size: int, *, client: bool) -> Any:
    """A parser that has all but the handshake before it.

    What was read into `get_buffer(-1)` is announced by `buffer_updated`, which calls the listener's
    `on_ws_frame` for each frame. A fault of the peer's is then in `transport.close_handshake.sent`.

    Args:
        listener: is not called for anything else.
        max_size: bytes of a frame.
        client: whether the frames are for a client, and thus a server's.
    """
    never = WSAutoPingStrategy.PING_WHEN_IDLE, False  # no pings, and no pongs
    parser = WSProtocol(
        "localhost",
        "/",
        client,
        lambda *_: listener,
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
    handshake = _REQUEST
    if client:
        key: str = parser.transport.request.headers["Sec-WebSocket-Key"]
        handshake = _RESPONSE.format(accept_key(key))
    feed(parser, handshake.encode())
    for head in (parser.transport.request, parser.transport.response):
        head.headers.clear()  # a fifth of what a parser takes
    return parser


def feed(parser: Any, data: bytes) -> None:
    """Have bytes parsed that were read elsewhere."""
    left = memoryview(data)
    while left:
        buffer = parser.get_buffer(-1)
        count = min(len(buffer), len(left))
        buffer[:count] = left[:count]
        parser.buffer_updated(count)
        left = left[count:]


class _Collecting(WSListener):
    def __init__(self) -> None:
        self.texts: list[str] = []

    @override
    def on_ws_frame(self, transport: object, frame: WSFrame) -> None:
        self.texts.append(frame.get_payload_as_utf8_text())


@functools.cache
def usable() -> bool:
    """Whether the version that is installed parses frames as this module takes it to."""
    try:
        for client, frame in ((False, b"\x81\x82\0\0\0\0ok"), (True, b"\x81\x02ok")):
            listener = _Collecting()
            feed(frame_parser(listener, 1024, client=client), frame)
            if listener.texts != ["ok"]:
                return False
    except Exception:  # noqa: BLE001 (whatever another version thinks of it)
        return False
    return True
