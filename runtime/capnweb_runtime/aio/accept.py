"""Serving a peer on a connection that is open already."""

from typing import Any, TypeVar, Unpack, overload

from websockets.asyncio.connection import Connection as WebSocketConnection

from capnweb_runtime.aio.connect import transport_of
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.transports.base import Transport

__all__ = ["accept"]

S = TypeVar("S", bound=Stub)


@overload
def accept(
    where: WebSocketConnection | Transport, main: object, /, **options: Unpack[SessionOptions]
) -> Session[DynamicStub]: ...
@overload
def accept(
    where: WebSocketConnection | Transport,
    main: object,
    stub: type[S],
    /,
    **options: Unpack[SessionOptions],
) -> Session[S]: ...
def accept(
    where: WebSocketConnection | Transport,
    main: object,
    stub: type[Any] = DynamicStub,
    /,
    **options: Unpack[SessionOptions],
) -> Session[Any]:
    """Serve `main` on a connection that is open already.

    For your own WebSocket handler, which should then wait for the end:
    ``await accept(websocket, main).wait_closed()``.

    Args:
        where: an open connection of the `websockets` library, or any `Transport`; taken.
        main: the object that the peer gets.
        stub: the generated stub class of the peer's main object, if it has one.
        options: see `SessionOptions`.

    Raises:
        CallError: if `main` does not go by reference.
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
    """
    given = Options.among(options, SessionOptions)  # first: what follows takes what it is given
    return Session(transport_of(where), stub, main_hook(main, given), given)
