"""Clients: sessions that this side opens."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar, overload

from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.connection import Connection as WebSocketConnection

from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.errors import OnSendError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.transports.base import Transport
from capnweb_runtime.transports.websocket import BYTES_PER_CHARACTER, WebSocketTransport

__all__ = ["Connection", "connect"]

S = TypeVar("S", bound=Stub)


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
        limits: Limits | None,
        on_send_error: OnSendError | None,
    ) -> None:
        self._stub = stub
        self._open_transport = open_transport
        self._local = local
        self._limits = limits
        self._on_send_error = on_send_error
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
        self._session = Session(transport, self._stub, main, self._limits, self._on_send_error)
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
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Connection[DynamicStub]: ...
@overload
def connect(
    stub: type[S],
    where: str | WebSocketConnection | Transport,
    /,
    *,
    local: object = None,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Connection[S]: ...
def connect(
    stub: Any,
    where: Any = None,
    /,
    *,
    local: object = None,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Connection[Any]:
    """Open a session (npm package: newWebSocketRpcSession).

    Args:
        stub: the generated stub class of the peer's main object; left out, the stub is untyped.
        where: a `ws://` or `wss://` URL, an open connection of the `websockets` library, or any
            `Transport`. What is handed over is taken: closing the session closes it.
        local: this side's main object, which the peer may call.
        limits: what the peer may cost.
        on_send_error: called with each error that is about to be sent, in whatever place; what it
            returns is sent instead, with its traceback as the stack, so ``lambda error: error``
            shows tracebacks to the peer. None sends the error as it is, without a stack.

    Returns:
        To be entered with `async with`, or awaited: it gives the stub of the peer's main object.

    Raises (when it is opened):
        OSError, websockets.exceptions.InvalidHandshake: if that fails.
        CallError: if `local` does not go by reference.
    """
    if where is None:
        stub, where = DynamicStub, stub
    if not isinstance(stub, type) or not issubclass(stub, Stub):
        raise TypeError(f"the first argument must be a generated stub class, not {stub!r}")
    return Connection(
        stub, lambda: _transport(where, limits or DEFAULT_LIMITS), local, limits, on_send_error
    )


async def _transport(where: str | WebSocketConnection | Transport, limits: Limits) -> Transport:
    if isinstance(where, str):
        max_size = BYTES_PER_CHARACTER * limits.message_size
        where = await open_websocket(where, max_size=max_size, compression=None)
    return WebSocketTransport(where) if isinstance(where, WebSocketConnection) else where
