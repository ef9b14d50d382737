"""Values as text, without a session (npm package: serialize, deserialize)."""

from typing import Any

from capnweb_runtime.aio.records import by_value
from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.wire.decode import Decoder, NoReferences
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Expression, Leaf
from capnweb_runtime.wire.json_text import dumps, loads

__all__ = ["deserialize", "serialize"]


def serialize(value: object, /) -> str:
    """A value as a session would send it.

    For files and caches, and for any other way to a peer. Objects and functions that go by
    reference, streams and blobs need a session, and are refused.

    Raises:
        EncodeError: if something in it cannot be written; the message leads to it.
    """
    encoder = Encoder(by_value, DEFAULT_LIMITS.depth)
    return dumps(encoder.encode(value), _no_leaf)


def deserialize(text: str, /) -> Any:
    """The value that `serialize`, here or in JavaScript, made into this text.

    Raises:
        ProtocolError: if it is none, or refers to what only a session has.
    """
    return Decoder(NoReferences(), DEFAULT_LIMITS).decode(loads(text))


def _no_leaf(leaf: Leaf) -> Expression:
    raise AssertionError(leaf)  # the adapter makes none
