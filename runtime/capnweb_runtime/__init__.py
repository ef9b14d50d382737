"""Cap'n Web for Python: typed, pipelining RPC over WebSocket."""

from capnweb_runtime.aio.connect import Connection, connect
from capnweb_runtime.aio.local import stub_of
from capnweb_runtime.aio.promises import (
    Arg,
    Callback,
    CallbackPromise,
    DictPromise,
    ListPromise,
    MaybeAwaitable,
    OptionalListPromise,
    OptionalPromise,
    Seq,
    TuplePromise2,
    TuplePromise3,
    TuplePromise4,
)
from capnweb_runtime.aio.refs import UNSET, DynamicPromise, DynamicStub, Promise, Stub
from capnweb_runtime.aio.serve import Server, accept, serve
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import Target
from capnweb_runtime.core.endpoint import Stats
from capnweb_runtime.core.hook import Registration
from capnweb_runtime.errors import (
    ArgumentError,
    BrokenError,
    CallError,
    ConnectionLostError,
    DisposedError,
    EncodeError,
    InternalError,
    PeerAbortedError,
    ProtocolError,
    RemoteError,
    RpcError,
    SessionClosedError,
)
from capnweb_runtime.limits import Limits
from capnweb_runtime.transports.base import Receiver, Transport
from capnweb_runtime.transports.memory import memory_pair
from capnweb_runtime.transports.websocket import WebSocketTransport
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.numbers import BigInt

__all__ = [
    "UNSET",
    "Arg",
    "ArgumentError",
    "BigInt",
    "BrokenError",
    "CallError",
    "Callback",
    "CallbackPromise",
    "Connection",
    "ConnectionLostError",
    "DictPromise",
    "DisposedError",
    "DynamicPromise",
    "DynamicStub",
    "EncodeError",
    "FarDate",
    "InternalError",
    "Limits",
    "ListPromise",
    "MaybeAwaitable",
    "OptionalListPromise",
    "OptionalPromise",
    "PeerAbortedError",
    "Promise",
    "ProtocolError",
    "Receiver",
    "Registration",
    "RemoteError",
    "RpcError",
    "Seq",
    "Server",
    "Session",
    "SessionClosedError",
    "Stats",
    "Stub",
    "Target",
    "Transport",
    "TuplePromise2",
    "TuplePromise3",
    "TuplePromise4",
    "WebSocketTransport",
    "accept",
    "connect",
    "memory_pair",
    "serve",
    "stub_of",
]
