"""Values to text and back, as the two ends of a session do it."""

from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.decode import Decoder, NoReferences
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Expression, Leaf
from capnweb_runtime.wire.json_text import dumps, loads

__all__ = ["decode", "encode", "no_leaf"]


def encode(value: object, depth: int = DEFAULT_LIMITS.depth) -> str:
    """The text that `value` is sent as."""
    encoder = Encoder(lambda unknown: unknown, depth)
    tree = encoder.encode(value)
    assert not encoder.leaves
    return dumps(tree, no_leaf)


def decode(text: str, limits: Limits = DEFAULT_LIMITS) -> object:
    """The value that `text` is received as."""
    decoder = Decoder(NoReferences(), limits)
    value = decoder.decode(loads(text))
    assert not decoder.slots
    return value


def no_leaf(leaf: Leaf) -> Expression:
    """There are no references here."""
    raise AssertionError(leaf)
