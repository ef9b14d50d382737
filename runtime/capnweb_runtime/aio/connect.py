"""Clients: sessions that this side opens."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeAlias, TypeVar, Unpack, cast, overload

from typing_extensions import override
from websockets.asyncio.connection import Connection as WebSocketConnection

from capnweb_runtime.aio.backoff import Backoff
from capnweb_runtime.aio.contracts import Comparison, ContractOptions, comparison_of
from capnweb_runtime.aio.opening import SessionOpening
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.reconnect import Reconnecting, Reconnection, ReconnectOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.transports.base import Transport
from capnweb_runtime.transports.dial import DialOptions, check_dialing, dial
from capnweb_runtime.transports.websocket import WebSocketTransport

__all__ = ["ConnectOptions", "Connection", "ReconnectingOptions", "connect", "transport_of"]

S = TypeVar("S", bound=Stub)
R = TypeVar("R", bound=Stub)

#: A connection that is open, or will be.
_Open: TypeAlias = WebSocketConnection | Transport

#: Where a connection can be opened again: a URL, or what opens it.
_Anew: TypeAlias = str | Callable[[], Awaitable[_Open]]


class ConnectOptions(SessionOptions, DialOptions, ContractOptions, total=False):
    """Options of `connect`: those of a session, `contract`, and for a URL its connection's."""


class ReconnectingOptions(ConnectOptions, ReconnectOptions, total=False):
    """Options of `connect` with `reconnect`: the same, and when to go on and what to repeat."""


class Connection(SessionOpening[S], Generic[S]):
    """A session about to be opened: enter it with `async with`, or await it.

    ```python
    async with connect(ApiStub, url) as api: ...

    connection = connect(ApiStub, url)
    api = await connection
    ...
    await connection.aclose()
    ```
    """

    _once = "a connection is opened once; call connect() again"
    _too_early = "the connection is not open yet: `async with` or await it first"

    def __init__(
        self,
        stub: type[S],
        open_transport: Callable[[], Awaitable[Transport]],
        local: object,
        options: Options,
        comparison: Comparison | None,
    ) -> None:
        super().__init__(stub, local, options, comparison)
        self._open_transport = open_transport

    @override
    async def _connect(self) -> Transport:
        return await self._open_transport()


@overload
def connect(
    where: str | _Open,
    /,
    *,
    local: object = None,
    **options: Unpack[ConnectOptions],
) -> Connection[DynamicStub]: ...
@overload
def connect(
    stub: type[S],
    where: str | _Open,
    /,
    *,
    local: object = None,
    **options: Unpack[ConnectOptions],
) -> Connection[S]: ...
@overload
def connect(
    where: _Anew,
    /,
    *,
    reconnect: Backoff,
    on_connect: Callable[[DynamicStub], Awaitable[None]] | None = None,
    local: object = None,
    **options: Unpack[ReconnectingOptions],
) -> Reconnecting[DynamicStub, DynamicStub]: ...
@overload
def connect(
    where: _Anew,
    /,
    *,
    reconnect: Backoff,
    on_connect: Callable[[DynamicStub], Awaitable[R]],
    local: object = None,
    **options: Unpack[ReconnectingOptions],
) -> Reconnecting[DynamicStub, R]: ...
@overload
def connect(
    stub: type[S],
    where: _Anew,
    /,
    *,
    reconnect: Backoff,
    on_connect: Callable[[S], Awaitable[None]] | None = None,
    local: object = None,
    **options: Unpack[ReconnectingOptions],
) -> Reconnecting[S, S]: ...
@overload
def connect(
    stub: type[S],
    where: _Anew,
    /,
    *,
    reconnect: Backoff,
    on_connect: Callable[[S], Awaitable[R]],
    local: object = None,
    **options: Unpack[ReconnectingOptions],
) -> Reconnecting[S, R]: ...
def connect(
    stub: Any,
    where: Any = None,
    /,
    *,
    reconnect: Backoff | None = None,
    on_connect: Callable[[Any], Awaitable[Any]] | None = None,
    local: object = None,
    **options: Unpack[ReconnectingOptions],
) -> Connection[Any] | Reconnecting[Any, Any]:
    """Open a session (npm package: newWebSocketRpcSession).

    Args:
        stub: the generated stub class of the peer's main object; left out, the stub is untyped.
        where: a URL (`ws://`, `wss://`, `ws+unix:/path/of/socket`), an open connection of the
            `websockets` library, or any `Transport`. What is handed over is taken: closing the
            session closes it. With `reconnect` a URL, or an async function that opens one of these.
        reconnect: have a new session opened whenever one is lost, and the first one as well, after
            waits of this kind. The stub that it gives stands for the peer in all of them: what is
            asked of it while there is none waits for the next. A call that was under way when a
            session ended fails with `InterruptedCallError`, unless it may be repeated
            (`idempotent`). Other stubs belong to the session that they were got in. See
            docs/reconnection.md.
        on_connect: only with `reconnect`: called with the stub of the peer's main object in each
            new session, before anything else is sent. What it gives, a stub or None for the main
            object, is what the standing stub stands for.
        local: this side's main object, which the peer may call.
        options: see `SessionOptions`, `ContractOptions`, for a URL `DialOptions`, and with
            `reconnect` `ReconnectOptions`.

    Returns:
        To be entered with `async with`, or awaited: it gives the stub of the peer's main object, or
        the standing stub.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
        ImportError: if `socket_library` is not installed.

    Raises (when it is opened):
        OSError, TimeoutError, websockets.exceptions.InvalidHandshake: if that fails; with
            `reconnect` whatever the last attempt failed with, if it is given up.
        CallError: if `local` does not go by reference.
        ContractMismatchError: if the server's contract is another, and it is required.
    """
    if where is None:
        stub, where = DynamicStub, stub
    if not isinstance(stub, type) or not issubclass(stub, Stub):
        raise TypeError(f"the first argument must be a generated stub class, not {stub!r}")
    session = Options.among(options, ReconnectingOptions)
    comparison = comparison_of(stub, options)
    dialing = cast("DialOptions", _those_of(DialOptions, options))
    again = cast("ReconnectOptions", _those_of(ReconnectOptions, options))
    if dialing and not isinstance(where, str):
        raise TypeError(
            f"{min(dialing)}: only a connection that is opened by a URL has this option"
        )
    check_dialing(dialing)
    if reconnect is None:
        if again or on_connect is not None:
            name = min(again, default="on_connect")
            raise TypeError(f"{name}: only with `reconnect` a connection has this option")
        return Connection(stub, _opener(where, session, dialing), local, session, comparison)
    if not isinstance(where, str) and not callable(where):
        raise TypeError(f"only a URL or a function can be connected to again, not {where!r}")
    reconnection = Reconnection(reconnect, on_connect, **again)
    return Reconnecting(
        stub, _opener(where, session, dialing), local, session, reconnection, comparison=comparison
    )


def transport_of(where: _Open) -> Transport:
    """The transport over an open connection, which it takes."""
    return WebSocketTransport(where) if isinstance(where, WebSocketConnection) else where


def _opener(
    where: _Open | _Anew, session: Options, options: DialOptions
) -> Callable[[], Awaitable[Transport]]:
    async def opened() -> Transport:
        if isinstance(where, str):
            return await dial(where, session.bounds.message_size, **options)
        return transport_of(await where() if callable(where) else where)

    return opened


def _those_of(kind: type, options: ReconnectingOptions) -> dict[str, object]:
    return {key: value for key, value in options.items() if key in kind.__annotations__}
