"""Cap'n Web for Python: typed, pipelining RPC over WebSocket."""

from capnweb_runtime.aio.connect import Connection, connect
from capnweb_runtime.aio.container_shapes import const
from capnweb_runtime.aio.local import promise_of, stub_of
from capnweb_runtime.aio.processes import WorkerProcess, spawn
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
    StreamPromise,
    TuplePromise2,
    TuplePromise3,
    TuplePromise4,
)
from capnweb_runtime.aio.refs import UNSET, DynamicPromise, DynamicStub, Promise, Stub
from capnweb_runtime.aio.serve import Server, accept, serve
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.stdio import accept_stdio, serve_stdio
from capnweb_runtime.aio.streams import Blob, ReceivedStream, Sink, Writer
from capnweb_runtime.aio.targets import Target
from capnweb_runtime.aio.values import deserialize, serialize
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
    RemoteErrorGroup,
    RpcError,
    SessionClosedError,
    StreamError,
    ThrownValueError,
)
from capnweb_runtime.limits import Limits
from capnweb_runtime.transports.base import Receiver, Transport
from capnweb_runtime.transports.lines import LineTransport
from capnweb_runtime.transports.memory import memory_pair
from capnweb_runtime.transports.websocket import WebSocketTransport
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.expressions import UNDEFINED
from capnweb_runtime.wire.fetch import URL, Headers, Request, Response
from capnweb_runtime.wire.numbers import BigInt
from capnweb_runtime.wire.structured import Encoding
from capnweb_runtime.wire.typed_arrays import ArrayBuffer, DataView, Uint8ClampedArray

__all__ = [
    "UNDEFINED",
    "UNSET",
    "URL",
    "Arg",
    "ArgumentError",
    "ArrayBuffer",
    "BigInt",
    "Blob",
    "BrokenError",
    "CallError",
    "Callback",
    "CallbackPromise",
    "Connection",
    "ConnectionLostError",
    "DataView",
    "DictPromise",
    "DisposedError",
    "DynamicPromise",
    "DynamicStub",
    "EncodeError",
    "Encoding",
    "FarDate",
    "Headers",
    "InternalError",
    "Limits",
    "LineTransport",
    "ListPromise",
    "MaybeAwaitable",
    "OptionalListPromise",
    "OptionalPromise",
    "PeerAbortedError",
    "Promise",
    "ProtocolError",
    "ReceivedStream",
    "Receiver",
    "Registration",
    "RemoteError",
    "RemoteErrorGroup",
    "Request",
    "Response",
    "RpcError",
    "Seq",
    "Server",
    "Session",
    "SessionClosedError",
    "Sink",
    "Stats",
    "StreamError",
    "StreamPromise",
    "Stub",
    "Target",
    "ThrownValueError",
    "Transport",
    "TuplePromise2",
    "TuplePromise3",
    "TuplePromise4",
    "Uint8ClampedArray",
    "WebSocketTransport",
    "WorkerProcess",
    "Writer",
    "accept",
    "accept_stdio",
    "connect",
    "const",
    "deserialize",
    "memory_pair",
    "promise_of",
    "serialize",
    "serve",
    "serve_stdio",
    "spawn",
    "stub_of",
]
