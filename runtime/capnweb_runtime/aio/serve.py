"""Servers: sessions that peers open."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Self, TypeVar, overload

from websockets.asyncio.connection import Connection as WebSocketConnection
from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.frames import CloseCode

from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.errors import OnSendError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.transports.base import Transport
from capnweb_runtime.transports.websocket import BYTES_PER_CHARACTER, WebSocketTransport

__all__ = ["Server", "accept", "serve"]

S = TypeVar("S", bound=Stub)


@overload
def accept(
    where: WebSocketConnection | Transport,
    main: object,
    /,
    *,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Session[DynamicStub]: ...
@overload
def accept(
    where: WebSocketConnection | Transport,
    main: object,
    stub: type[S],
    /,
    *,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Session[S]: ...
def accept(
    where: WebSocketConnection | Transport,
    main: object,
    stub: type[Any] = DynamicStub,
    /,
    *,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Session[Any]:
    """Serve `main` on a connection that is open already.

    For your own WebSocket handler, which should then wait for the end:
    ``await accept(websocket, main).wait_closed()``.

    Args:
        where: an open connection of the `websockets` library, or any `Transport`; taken.
        main: the object that the peer gets.
        stub: the generated stub class of the peer's main object, if it has one.
        limits: what the peer may cost.
        on_send_error: called with each error that is about to be sent, in whatever place; what it
            returns is sent instead, with its traceback as the stack, so ``lambda error: error``
            shows tracebacks to the peer. None sends the error as it is, without a stack.

    Raises:
        CallError: if `main` does not go by reference.
    """
    transport = WebSocketTransport(where) if isinstance(where, WebSocketConnection) else where
    return Session(transport, stub, hook_of(main), limits, on_send_error)


class Server:
    """A WebSocket server; see `serve`."""

    def __init__(
        self,
        factory: Callable[[], object],
        host: str,
        port: int,
        limits: Limits | None,
        on_send_error: OnSendError | None,
    ) -> None:
        self._factory = factory
        self._host = host
        self._port = port
        self._limits = limits
        self._on_send_error = on_send_error
        self._server: WebSocketServer | None = None
        self._sessions: set[Session[DynamicStub]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, also if it was asked for port 0."""
        assert self._server is not None, "the server is not running"
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def sessions(self) -> frozenset[Session[DynamicStub]]:
        """The sessions that are open now."""
        return frozenset(self._sessions)

    async def _start(self) -> Self:
        limits = self._limits or DEFAULT_LIMITS
        max_size = BYTES_PER_CHARACTER * limits.message_size
        self._server = await serve_websockets(
            self._handle, self._host, self._port, max_size=max_size, compression=None
        )
        return self

    async def _handle(self, websocket: ServerConnection) -> None:
        try:
            session = accept(
                websocket,
                self._factory(),
                limits=self._limits,
                on_send_error=self._on_send_error,
            )
        except BaseException as error:  # noqa: BLE001 (no peer may end the server; see calls.py)
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the factory of an RPC server failed", "exception": error}
            )
            await websocket.close(CloseCode.INTERNAL_ERROR)
            return
        self._sessions.add(session)
        try:
            await session.wait_closed()
        finally:
            self._sessions.discard(session)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._start().__await__()

    async def __aenter__(self) -> Self:
        return await self._start()

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop listening, end all sessions, and wait until they are closed."""
        if self._server is not None:
            self._server.close(close_connections=False)
            await asyncio.gather(*(session.aclose() for session in self._sessions))
            await self._server.wait_closed()

    async def serve_forever(self) -> None:
        """Serve until the task is cancelled."""
        await asyncio.get_running_loop().create_future()


def serve(
    factory: Callable[[], object],
    host: str,
    port: int,
    *,
    limits: Limits | None = None,
    on_send_error: OnSendError | None = None,
) -> Server:
    """Serve objects over WebSocket.

    ```python
    async with serve(ApiServer, "localhost", 8080) as server:
        await server.serve_forever()
    ```

    Args:
        factory: called for each connection; gives the main object that this peer gets.
        host: name or address to listen on.
        port: port to listen on; 0 for any that is free (see `Server.port`).
        limits: what each peer may cost.
        on_send_error: as for `connect`: may replace each error that is about to be sent, and
            reveal its traceback.

    Returns:
        To be entered with `async with`, or awaited and closed with `aclose`.

    Raises:
        OSError: when it is started, if it cannot listen.
    """
    return Server(factory, host, port, limits, on_send_error)
