"""Clients: sessions that this side opens."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar, Unpack, cast, overload

from websockets.asyncio.connection import Connection as WebSocketConnection

from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.transports.base import Transport
from capnweb_runtime.transports.dial import DialOptions, dial
from capnweb_runtime.transports.websocket import WebSocketTransport

__all__ = ["ConnectOptions", "Connection", "connect", "transport_of"]

S = TypeVar("S", bound=Stub)


class ConnectOptions(SessionOptions, DialOptions, total=False):
    """Options of `connect`: those of a session, and for a URL those of its connection."""


class Connection(Generic[S]):
    """A session about to be opened: enter it with `async with`, or await it.

    ```python
    async with connect(ApiStub, url) as api: ...

    connection = connect(ApiStub, url)
    api = await connection
    ...
    await connection.aclose()
    ```
    """

    def __init__(
        self,
        stub: type[S],
        open_transport: Callable[[], Awaitable[Transport]],
        local: object,
        options: Options,
    ) -> None:
        self._stub = stub
        self._open_transport = open_transport
        self._local = local
        self._options = options
        self._session: Session[S] | None = None

    @property
    def session(self) -> Session[S]:
        """The session, once it is open.

        Raises:
            RuntimeError: before that.
        """
        if self._session is None:
            raise RuntimeError("the connection is not open yet: `async with` or await it first")
        return self._session

    async def _open(self) -> S:
        if self._session is not None:
            raise RuntimeError("a connection is opened once; call connect() again")
        main = None if self._local is None else hook_of(self._local)
        try:
            transport = await self._open_transport()
        except BaseException:
            if main is not None:
                main.dispose()
            raise
        self._session = Session(transport, self._stub, main, self._options)
        return self._session.main

    def __await__(self) -> Generator[Any, Any, S]:
        return self._open().__await__()

    async def __aenter__(self) -> S:
        return await self._open()

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the session, if it is open, and wait until the connection is closed."""
        if self._session is not None:
            await self._session.aclose()


@overload
def connect(
    where: str | WebSocketConnection | Transport,
    /,
    *,
    local: object = None,
    **options: Unpack[ConnectOptions],
) -> Connection[DynamicStub]: ...
@overload
def connect(
    stub: type[S],
    where: str | WebSocketConnection | Transport,
    /,
    *,
    local: object = None,
    **options: Unpack[ConnectOptions],
) -> Connection[S]: ...
def connect(
    stub: Any,
    where: Any = None,
    /,
    *,
    local: object = None,
    **options: Unpack[ConnectOptions],
) -> Connection[Any]:
    """Open a session (npm package: newWebSocketRpcSession).

    Args:
        stub: the generated stub class of the peer's main object; left out, the stub is untyped.
        where: a URL (`ws://`, `wss://`, `ws+unix:/path/of/socket`), an open connection of the
            `websockets` library, or any `Transport`. What is handed over is taken: closing the
            session closes it.
        local: this side's main object, which the peer may call.
        options: see `SessionOptions`, and for a URL `DialOptions`.

    Returns:
        To be entered with `async with`, or awaited: it gives the stub of the peer's main object.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.

    Raises (when it is opened):
        OSError, TimeoutError, websockets.exceptions.InvalidHandshake: if that fails.
        CallError: if `local` does not go by reference.
    """
    if where is None:
        stub, where = DynamicStub, stub
    if not isinstance(stub, type) or not issubclass(stub, Stub):
        raise TypeError(f"the first argument must be a generated stub class, not {stub!r}")
    session = Options.among(options, ConnectOptions)
    dialing = {key: value for key, value in options.items() if key in DialOptions.__annotations__}
    if isinstance(where, str):
        return Connection(
            stub, _dialer(where, session, cast("DialOptions", dialing)), local, session
        )
    if dialing:
        raise TypeError(f"{min(dialing)}: the connection is open already; only a URL has options")

    async def is_open() -> Transport:
        return transport_of(where)

    return Connection(stub, is_open, local, session)


def transport_of(where: WebSocketConnection | Transport) -> Transport:
    """The transport over an open connection, which it takes."""
    return WebSocketTransport(where) if isinstance(where, WebSocketConnection) else where


def _dialer(url: str, session: Options, options: DialOptions) -> Callable[[], Awaitable[Transport]]:
    async def dialed() -> Transport:
        return await dial(url, session.bounds.message_size, **options)

    return dialed
