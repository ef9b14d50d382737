"""Cap'n Web for Python: typed, pipelining RPC over WebSocket and HTTP."""

from capnweb_runtime.aio.accept import accept
from capnweb_runtime.aio.asgi import AsgiApp, AsgiOptions, asgi_app
from capnweb_runtime.aio.backoff import Backoff
from capnweb_runtime.aio.batch import BatchOptions, HttpBatch, http_batch
from capnweb_runtime.aio.batch_server import batch_response
from capnweb_runtime.aio.connect import (
    Connection,
    ConnectOptions,
    ReconnectingOptions,
    connect,
)
from capnweb_runtime.aio.container_shapes import const
from capnweb_runtime.aio.contracts import ContractOptions
from capnweb_runtime.aio.gathering import gather
from capnweb_runtime.aio.hosting import HostOptions, Peer, ServerStats
from capnweb_runtime.aio.interfaces import idempotent, wire_name
from capnweb_runtime.aio.local import promise_of, stub_of
from capnweb_runtime.aio.options import SessionOptions
from capnweb_runtime.aio.processes import SpawnOptions, WorkerProcess, spawn
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
from capnweb_runtime.aio.reconnect import (
    Reconnecting,
    ReconnectOptions,
    ReconnectStats,
    is_hopeless,
)
from capnweb_runtime.aio.refs import UNSET, DynamicPromise, DynamicStub, Promise, Stub
from capnweb_runtime.aio.serve import ServeOptions, Server, serve
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.stdio import accept_stdio, serve_stdio
from capnweb_runtime.aio.streams import Blob, ReceivedStream, Sink, Writer
from capnweb_runtime.aio.targets import Target
from capnweb_runtime.aio.timeouts import within
from capnweb_runtime.aio.values import deserialize, serialize
from capnweb_runtime.core.endpoint import Stats
from capnweb_runtime.core.hook import Registration
from capnweb_runtime.errors import (
    ArgumentError,
    BatchEndedError,
    BrokenError,
    CallError,
    CallTimeoutError,
    ConnectionLostError,
    ContractMismatchError,
    DisposedError,
    EncodeError,
    HttpStatusError,
    InternalError,
    InterruptedCallError,
    NotConnectedError,
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
from capnweb_runtime.transports.base import NO_CLOSE, Close, Receiver, Transport
from capnweb_runtime.transports.dial import DialOptions, WebSocketOptions
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
    "NO_CLOSE",
    "UNDEFINED",
    "UNSET",
    "URL",
    "Arg",
    "ArgumentError",
    "ArrayBuffer",
    "AsgiApp",
    "AsgiOptions",
    "Backoff",
    "BatchEndedError",
    "BatchOptions",
    "BigInt",
    "Blob",
    "BrokenError",
    "CallError",
    "CallTimeoutError",
    "Callback",
    "CallbackPromise",
    "Close",
    "ConnectOptions",
    "Connection",
    "ConnectionLostError",
    "ContractMismatchError",
    "ContractOptions",
    "DataView",
    "DialOptions",
    "DictPromise",
    "DisposedError",
    "DynamicPromise",
    "DynamicStub",
    "EncodeError",
    "Encoding",
    "FarDate",
    "Headers",
    "HostOptions",
    "HttpBatch",
    "HttpStatusError",
    "InternalError",
    "InterruptedCallError",
    "Limits",
    "LineTransport",
    "ListPromise",
    "MaybeAwaitable",
    "NotConnectedError",
    "OptionalListPromise",
    "OptionalPromise",
    "Peer",
    "PeerAbortedError",
    "Promise",
    "ProtocolError",
    "ReceivedStream",
    "Receiver",
    "ReconnectOptions",
    "ReconnectStats",
    "Reconnecting",
    "ReconnectingOptions",
    "Registration",
    "RemoteError",
    "RemoteErrorGroup",
    "Request",
    "Response",
    "RpcError",
    "Seq",
    "ServeOptions",
    "Server",
    "ServerStats",
    "Session",
    "SessionClosedError",
    "SessionOptions",
    "Sink",
    "SpawnOptions",
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
    "WebSocketOptions",
    "WebSocketTransport",
    "WorkerProcess",
    "Writer",
    "accept",
    "accept_stdio",
    "asgi_app",
    "batch_response",
    "connect",
    "const",
    "deserialize",
    "gather",
    "http_batch",
    "idempotent",
    "is_hopeless",
    "memory_pair",
    "promise_of",
    "serialize",
    "serve",
    "serve_stdio",
    "spawn",
    "stub_of",
    "wire_name",
    "within",
]
