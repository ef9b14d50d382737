"""Opening WebSocket connections with the `websockets` library, and the options of both sides."""

import ssl as tls
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, Unpack
from urllib.parse import unquote

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.typing import Subprotocol

from capnweb_runtime.checks import check_flag, check_kind, check_names, check_timeout
from capnweb_runtime.transports.base import BYTES_PER_CHARACTER, Transport
from capnweb_runtime.transports.busy_poll import BUSY_POLL
from capnweb_runtime.transports.handover import OpenedClient, OpenedConnection
from capnweb_runtime.transports.keepalive import Keepalive
from capnweb_runtime.transports.socket_library import (
    SocketLibrary,
    check_socket_library,
    takes_picows,
)
from capnweb_runtime.transports.websocket import WebSocketTransport

__all__ = [
    "DialOptions",
    "WebSocketOptions",
    "check_dialing",
    "check_websocket",
    "dial",
    "keepalive_of",
    "library_options",
    "open_timeout_of",
    "opened_transport",
    "picows_taken",
]

#: Seconds between pings, and for the answer to one: what the `websockets` library has. Proxies
#: commonly drop connections that are silent for a minute.
KEEPALIVE: Final = 20.0

#: Seconds for opening a connection.
OPEN_TIMEOUT: Final = 10.0

#: A WebSocket over a Unix socket, spelled as the npm package `ws` does: path of the socket, colon,
#: path of the request.
_UNIX_SCHEME: Final = "ws+unix:"


class WebSocketOptions(TypedDict, total=False):
    """Options of WebSocket connections that we open or listen for.

    Keys:
        ssl: for TLS. A client of a `wss://` URL has the system's certificates by default.
        subprotocols: those of WebSocket that are offered, or supported, the preferred one first.
        compression: whether messages may be compressed (permessage-deflate): off by default. It
            gains on slow networks only; measured, it takes 45 kB more at each end of a connection,
            besides the time. And whoever sees how long messages are can guess secrets that are in
            one of them together with text of theirs.
        keepalive: seconds between pings, so that a peer that vanished is noticed, and proxies do
            not take the connection for idle. 20 by default, None for no pings.
        keepalive_timeout: seconds that a peer has to answer a ping; then the session ends with
            `ConnectionLostError`. 20 by default, None for ever.
        busy_poll: seconds for which the event loop looks for more, before it goes to sleep, after
            something small was read or written, as long as that pays; with picows only. 0.0001 by
            default: calls one after the other take 0.6 times as long, if the peer is near. None
            for not at all, where the processor's time is worth more.
        open_timeout: seconds for TLS and the opening handshake. 10 by default.
        socket_library: what reads and writes messages: ``"picows"``, in a fraction of the time, or
            ``"websockets"``. By default, ``"auto"``, the former where it is installed (the extra
            ``fast``) and messages are not compressed.
    """

    ssl: tls.SSLContext | None
    subprotocols: Sequence[str] | None
    compression: bool
    keepalive: float | None
    keepalive_timeout: float | None
    busy_poll: float | None
    open_timeout: float | None
    socket_library: SocketLibrary


class DialOptions(WebSocketOptions, total=False):
    """Options of WebSocket connections that we open.

    Keys:
        headers: of the opening request, besides its own.
    """

    headers: Mapping[str, str] | None


class _LibraryOptions(TypedDict, total=False):
    ssl: tls.SSLContext | None
    subprotocols: Sequence[Subprotocol] | None
    compression: str | None
    ping_interval: None
    open_timeout: float | None
    max_size: int


def check_websocket(options: WebSocketOptions) -> None:
    """See to it that the options have possible values.

    Raises:
        TypeError, ValueError: if one has not.
        ImportError: if the library that is to be used is not there.
    """
    check_kind(options.get("ssl"), tls.SSLContext, "ssl", "an ssl.SSLContext")
    check_names(options.get("subprotocols"), "subprotocols")
    compression = check_flag(options.get("compression", False), "compression")
    check_socket_library(options.get("socket_library", "auto"), compression)
    for name in ("keepalive", "keepalive_timeout", "busy_poll", "open_timeout"):
        check_timeout(options.get(name), name)  # type: ignore[arg-type]  # as WebSocketOptions says


def check_dialing(options: DialOptions) -> None:
    """The same of those for connections that we open."""
    check_websocket(options)
    check_kind(options.get("headers"), Mapping, "headers", "a mapping")


def library_options(message_size: int, options: WebSocketOptions) -> _LibraryOptions:
    """The options in the library's words; `message_size` is in characters."""
    subprotocols = options.get("subprotocols")
    given: _LibraryOptions = {
        "subprotocols": None if subprotocols is None else [*map(Subprotocol, subprotocols)],
        "compression": "deflate" if options.get("compression") else None,
        "ping_interval": None,
        "open_timeout": open_timeout_of(options),
        "max_size": BYTES_PER_CHARACTER * message_size,
    }
    if options.get("ssl") is not None:  # the library takes None for something else
        given["ssl"] = options["ssl"]
    return given


def open_timeout_of(options: WebSocketOptions) -> float | None:
    """Seconds for TLS, and again for the opening handshake; None for ever."""
    return check_timeout(options.get("open_timeout", OPEN_TIMEOUT))


def keepalive_of(options: WebSocketOptions) -> Keepalive:
    """The pings that the options ask for."""
    return Keepalive(
        check_timeout(options.get("keepalive", KEEPALIVE)),
        check_timeout(options.get("keepalive_timeout", KEEPALIVE)),
    )


def picows_taken(options: WebSocketOptions) -> bool:
    """Whether connections have to be `OpenedConnection`s, to go on with picows.

    Raises:
        ImportError: if they should, and picows cannot be used.
    """
    library = options.get("socket_library", "auto")
    return takes_picows(library, bool(options.get("compression")))


def opened_transport(
    connection: Connection, message_size: int, options: WebSocketOptions
) -> Transport:
    """The transport over a connection that was opened with `library_options`, which it takes."""
    keepalive = keepalive_of(options)
    if not isinstance(connection, OpenedConnection):
        return WebSocketTransport(connection, keepalive)
    from capnweb_runtime.transports.picows_transport import (  # noqa: PLC0415 (an extra)
        PicowsTransport,
    )

    busy_poll = check_timeout(options.get("busy_poll", BUSY_POLL))
    return PicowsTransport(connection, BYTES_PER_CHARACTER * message_size, keepalive, busy_poll)


async def dial(url: str, message_size: int, **options: Unpack[DialOptions]) -> Transport:
    """Open a connection to `ws://`, `wss://` or `ws+unix:PATH_OF_SOCKET[:PATH_OF_REQUEST]`.

    Raises:
        OSError, TimeoutError, websockets.exceptions.InvalidURI,
        websockets.exceptions.InvalidHandshake: if that fails.
    """
    given = library_options(message_size, options)
    headers = options.get("headers")
    made = OpenedClient if picows_taken(options) else None
    connection: Connection
    if url.startswith(_UNIX_SCHEME):
        socket, _, path = url.removeprefix(_UNIX_SCHEME).partition(":")
        connection = await connect(
            f"ws://localhost{path or '/'}",
            unix=True,
            path=unquote(socket),
            additional_headers=headers,
            create_connection=made,
            **given,
        )
    else:
        connection = await connect(url, additional_headers=headers, create_connection=made, **given)
    return opened_transport(connection, message_size, options)
