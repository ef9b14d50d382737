"""Servers: sessions that peers open, over WebSocket, and HTTP batches on the same port."""

import asyncio
import os
import signal
import socket as sockets
import threading
import weakref
from collections.abc import Sequence
from typing import Any, Final, Generic, Unpack, cast, overload

from typing_extensions import TypeVar, override
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Subprotocol

from capnweb_runtime.aio.batch_http import BatchHandler
from capnweb_runtime.aio.hosting import (
    Factory,
    Hosting,
    HostOptions,
    NotHostedError,
    ServerStats,
)
from capnweb_runtime.aio.opening import Opening
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.checks import check_flag, check_grace, check_kind
from capnweb_runtime.transports.dial import (
    WebSocketOptions,
    check_websocket,
    library_options,
    open_timeout_of,
    opened_transport,
    picows_taken,
)
from capnweb_runtime.transports.first_bytes import FirstBytes
from capnweb_runtime.transports.handover import OpenedServer
from capnweb_runtime.transports.http import RequestHead, headers_of
from capnweb_runtime.transports.http_server import HttpConnection, HttpLimits

__all__ = ["ServeOptions", "Server", "serve"]

S = TypeVar("S", bound=Stub, default=DynamicStub)

#: Seconds that clients of HTTP batches have to take their answers when a server is closed.
_HTTP_PATIENCE: Final = 5.0

_MAX_PORT: Final = 2**16 - 1

#: What ends those who serve for ever. An event loop has one handler of a signal, a program may have
#: several servers.
_UNTIL_SIGTERM: Final[set[asyncio.Event]] = set()


class ServeOptions(HostOptions, SessionOptions, WebSocketOptions, total=False):
    """Options of `serve`: those of each session and connection, of its hosting, and these.

    Keys:
        unix: path of a Unix socket to listen on, instead of a host and port.
        sock: a socket to listen on, instead.
        reuse_port: whether other processes may listen on the same port (SO_REUSEPORT), among which
            the system then divides the connections.
    """

    unix: str | os.PathLike[str] | None
    sock: sockets.socket | None
    reuse_port: bool


class Server(Opening["Server[S]"], Generic[S]):
    """A WebSocket server; see `serve`."""

    _once = "a server is started once; call serve() again"

    def __init__(self, hosting: Hosting[S], options: WebSocketOptions, **where: object) -> None:
        self._hosting = hosting
        self._options = options
        self._subprotocols = [Subprotocol(each) for each in options.get("subprotocols") or ()]
        self._where = where
        self._server: WebSocketServer | None = None
        self._connection_class: type[ServerConnection] = ServerConnection
        self._batches = BatchHandler(hosting) if options.get("batches", True) else None
        self._http: dict[HttpConnection, None] = {}  # the oldest first
        self._incoming: weakref.WeakSet[FirstBytes | ServerConnection] = weakref.WeakSet()

    @property
    def port(self) -> int:
        """The port it listens on, also if it was asked for port 0.

        Raises:
            RuntimeError: if it does not run, or listens on a Unix socket.
        """
        if self._server is None:
            raise RuntimeError("the server does not run: `async with` or await it first")
        for socket in self._server.sockets:
            address: object = socket.getsockname()
            if isinstance(address, tuple):
                port: int = address[1]
                return port
        raise RuntimeError("the server listens on no port")

    @property
    def sessions(self) -> frozenset[Session[S]]:
        """The sessions that are open now."""
        return frozenset(self._hosting.sessions)

    def stats(self) -> ServerStats:
        """How much there is to do now, and has been."""
        return self._hosting.stats()

    @override
    async def _open(self) -> "Server[S]":
        if picows_taken(self._options):
            self._connection_class = OpenedServer
        self._server = await serve_websockets(
            self._handle,
            create_connection=cast("type[ServerConnection]", self._connection),
            process_request=self._refusal,
            select_subprotocol=self._subprotocol if self._subprotocols else None,
            **library_options(self._hosting.options.bounds.message_size, self._options),
            **self._tls_timeout(),
            **cast("dict[str, Any]", self._where),
        )
        return self

    def _tls_timeout(self) -> dict[str, Any]:
        # The library's own timeout begins after TLS; asyncio has one of 60 seconds for that.
        seconds = open_timeout_of(self._options)
        if self._options.get("ssl") is None or seconds is None:
            return {}
        return {"ssl_handshake_timeout": seconds}

    def _connection(self, *args: Any, **kwargs: Any) -> asyncio.Protocol:
        """What a new connection is read by: by the library, if it turns out to be a WebSocket."""
        websocket = self._connection_class(*args, **kwargs)
        self._incoming.add(websocket)
        if self._batches is None:
            return websocket
        first = FirstBytes(websocket, self._http_connection, open_timeout_of(self._options))
        self._incoming.add(first)
        return first

    def _http_connection(self) -> HttpConnection:
        assert self._batches is not None
        limits = HttpLimits(body_size=self._batches.size)
        if len(self._http) >= self._hosting.max_sessions:
            # Kept alive they hold no session. The oldest goes, when it has been answered.
            next(iter(self._http)).close()
        connection = HttpConnection(self._batches, limits, self._http_closed)
        self._http[connection] = None
        return connection

    def _http_closed(self, connection: HttpConnection) -> None:
        self._http.pop(connection, None)

    def _refusal(self, connection: ServerConnection, request: Request) -> Response | None:
        """What to answer instead of opening a connection, None if nothing."""
        refusal = self._hosting.refusal(_head(connection, request))
        return connection.respond(*refusal) if refusal is not None else None

    def _subprotocol(
        self, _: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        # The library by itself refuses clients that offer none of ours.
        return next((each for each in self._subprotocols if each in offered), None)

    async def _handle(self, websocket: ServerConnection) -> None:
        assert websocket.request is not None, "the opening handshake is over"
        head = _head(websocket, websocket.request)
        message_size = self._hosting.options.bounds.message_size
        transport = opened_transport(websocket, message_size, self._options)
        try:
            if isinstance(websocket, OpenedServer):
                self._hosting.open(transport, head)  # has taken the connection over
            else:
                await self._hosting.host(transport, head)
        except NotHostedError as refused:
            await websocket.close(refused.code)

    @override
    async def aclose(self, grace: float | None = None) -> None:
        """Stop listening, end all sessions with close code 1001, wait until they are closed.

        Args:
            grace: seconds that calls under way have to be answered before; None for the option of
                `serve`. Calls that are made meanwhile are served as well.

        Raises:
            ValueError: if that is no number of seconds; then nothing has happened.
        """
        check_grace(grace, "grace")
        if self._server is not None:
            self._server.close(close_connections=False)
            await self._hosting.aclose(grace)
            self._drop_incoming()
            if self._batches is not None:
                await self._batches.aclose()
                await self._close_http()
            await self._server.wait_closed()

    def _drop_incoming(self) -> None:
        """Drop who has connected and not said all of what for: nobody is waited for to do so."""
        for incoming in [*self._incoming]:
            if isinstance(incoming, FirstBytes):
                incoming.abort()
            elif incoming.protocol.state is State.CONNECTING and hasattr(incoming, "transport"):
                incoming.transport.abort()

    async def _close_http(self) -> None:
        """Close the connections of batches, once the answers that are there have been taken."""
        closing = []
        for connection in [*self._http]:
            connection.close()
            closing.append(asyncio.ensure_future(connection.wait_closed()))
        if closing:
            _, late = await asyncio.wait(closing, timeout=_HTTP_PATIENCE)
            for connection in [*self._http]:
                connection.abort()
            if late:
                await asyncio.wait(late)

    async def serve_forever(self) -> None:
        """Serve until the task is cancelled, or the process is asked to end by SIGTERM.

        (The latter in the main thread, where signals arrive, and not on Windows.) Leave the
        `async with` of the server then, which closes it.
        """
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        signals = threading.current_thread() is threading.main_thread() and os.name != "nt"
        if signals:
            _UNTIL_SIGTERM.add(ended)
            loop.add_signal_handler(signal.SIGTERM, _end_all)
        try:
            await ended.wait()
        finally:
            _UNTIL_SIGTERM.discard(ended)
            if signals and not _UNTIL_SIGTERM:
                loop.remove_signal_handler(signal.SIGTERM)


@overload
def serve(
    factory: Factory[DynamicStub],
    host: str | None = None,
    port: int | None = None,
    **options: Unpack[ServeOptions],
) -> Server[DynamicStub]: ...
@overload
def serve(
    factory: Factory[S],
    host: str | None = None,
    port: int | None = None,
    *,
    stub: type[S],
    **options: Unpack[ServeOptions],
) -> Server[S]: ...
def serve(
    factory: Factory[Any],
    host: str | None = None,
    port: int | None = None,
    *,
    stub: type[Any] = DynamicStub,
    **options: Unpack[ServeOptions],
) -> Server[Any]:
    """Serve objects over WebSocket, and in HTTP batches on the same port.

    ```python
    async with serve(ApiServer, "localhost", 8080) as server:
        await server.serve_forever()
    ```

    Args:
        factory: called for each session; gives the main object that this peer gets. If it has a
            parameter without a default, that is given the `Peer`.
        host: name or address to listen on; None for all of the machine.
        port: port to listen on; 0 for any that is free (see `Server.port`).
        stub: the generated stub class of the peers' main objects, if they have one (`Peer.main`).
        options: see `SessionOptions`, `WebSocketOptions`, `HostOptions` and `ServeOptions`.

    Returns:
        To be entered with `async with`, or awaited and closed with `aclose`.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
        ImportError: if `socket_library` is not installed.

    Raises (when it is started):
        OSError: if it cannot listen.
    """
    hosting = Hosting(factory, stub, options, Options.among(options, ServeOptions))
    check_websocket(options)
    return Server(hosting, options, **_where(host, port, options))


def _end_all() -> None:
    for ended in _UNTIL_SIGTERM:
        ended.set()


def _head(websocket: ServerConnection, request: Request) -> RequestHead:
    address: object = websocket.remote_address
    return RequestHead(
        request.path,
        headers_of(request.headers.raw_items()),
        str(address[0]) if isinstance(address, tuple) else "",
    )


def _where(host: str | None, port: int | None, options: ServeOptions) -> dict[str, object]:
    """Where to listen, in the words of `asyncio.loop.create_server`."""
    given = [name for name in ("unix", "sock") if options.get(name) is not None]
    if host is not None or port is not None:
        given.append("host and port")
    if len(given) != 1 or (port is None and given == ["host and port"]):
        raise TypeError("give one place to listen: host and port, or unix, or sock")
    check_kind(host, str, "host", "a name or address")
    check_kind(port, int, "port", "a number")
    if port is not None and not 0 <= port <= _MAX_PORT:
        raise ValueError(f"port must be from 0 to {_MAX_PORT}, not {port}")
    check_kind(options.get("unix"), (str, os.PathLike), "unix", "a path")
    check_kind(options.get("sock"), sockets.socket, "sock", "a socket")
    reuse_port = check_flag(options.get("reuse_port", False), "reuse_port")
    if reuse_port and port is None:
        raise TypeError("reuse_port: only a server that listens on a port has this option")
    if options.get("unix") is not None:
        return {"unix": True, "path": options["unix"]}
    if options.get("sock") is not None:
        return {"sock": options["sock"]}
    return {"host": host, "port": port, "reuse_port": reuse_port or None}
