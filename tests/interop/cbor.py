"""CBOR over a WebSocket, at any encoding; docs/transports.md has the short form."""

from typing import Any

import cbor2
from typing_extensions import override
from websockets.asyncio.connection import Connection

import capnweb_runtime as rpc

__all__ = ["CborTransport"]


class CborTransport(rpc.WebSocketTransport):
    """Messages as CBOR in binary frames."""

    def __init__(self, connection: Connection, encoding: rpc.Encoding) -> None:
        super().__init__(connection)
        self.encoding = encoding

    @override
    def encode(self, message: object) -> bytes:
        return cbor2.dumps(message, default=_undefined)

    @override
    def decode(self, received: Any) -> object:
        message: object = cbor2.loads(received)
        return _with_undefined(message) if self.encoding == "structuredClonable" else message


def _undefined(encoder: cbor2.CBOREncoder, value: object) -> None:
    if value is not rpc.UNDEFINED:
        raise TypeError(f"{type(value).__name__} is not CBOR")
    encoder.encode(cbor2.undefined)


def _with_undefined(message: object) -> object:
    if message is cbor2.undefined:
        return rpc.UNDEFINED
    if type(message) is list:
        return [_with_undefined(item) for item in message]
    if type(message) is dict:
        return {key: _with_undefined(member) for key, member in message.items()}
    return message
