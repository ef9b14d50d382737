"""Messages for transports that take structured values in place of text.

How much such a transport carries is its *encoding* (npm package: encoding level):

| encoding | a message is |
|---|---|
| `string` | JSON text; nothing here is needed |
| `jsonCompatible` | a tree of `list`, `dict` with `str` keys, `str`, `int`, `float`, `bool`, None |
| `jsonCompatibleWithBytes` | the same, in which `["bytes", ...]` holds raw `bytes`, not base64 |
| `structuredClonable` | the same, in which some values stand for themselves |

In the first two a number is JavaScript's: a whole one of more than 31 bits arrives as an int, since
formats write such as doubles. The values that stand for themselves in the last are aware datetimes
(in UTC when they are sent), ints beyond +-(2**53 - 1), which are bigints, infinities and NaN, and
`UNDEFINED`. All have an expression as well (`["date", ms]`), which is understood at every encoding.
It is also what a small bigint is sent as, since most formats would make a number of it, and a date
that no datetime can be.

A message that comes is copied while it is checked: what an expression is made of is afterwards
known to be of these types and no others, to be a tree, and to belong to nobody else.
"""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal, TypeAlias, cast, get_args

from capnweb_runtime.errors import EncodeError, ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.binary import encode_base64
from capnweb_runtime.wire.dates import decode_date, encode_date
from capnweb_runtime.wire.expressions import (
    UNDEFINED,
    UNDEFINED_EXPRESSION,
    Expression,
    Leaf,
    Scalar,
    SentError,
    Undefined,
)
from capnweb_runtime.wire.numbers import (
    MAX_SAFE_INTEGER,
    BigInt,
    decode_bigint,
    encode_bigint,
    encode_float,
)

__all__ = ["Encoding", "StructuredCodec", "estimate_size"]

#: What a transport takes; see above.
Encoding: TypeAlias = Literal[
    "string", "jsonCompatible", "jsonCompatibleWithBytes", "structuredClonable"
]

_ENCODINGS: Final[tuple[str, ...]] = get_args(Encoding)

#: These stand for themselves in every message that is sent.
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})

#: From here on formats of JavaScript write whole numbers as doubles (MessagePack and CBOR do).
_INT32: Final = 2**31

#: Decimal digits of one bit.
_DIGITS_PER_BIT: Final = 0.30103

#: What is estimated for parts of a message in some format that nobody here knows, in bytes. Formats
#: in use take less (the reference estimates the same).
_SCALAR_SIZE: Final = 16
_ENTRY_SIZE: Final = 8
_CHARACTER_SIZE: Final = 3  # in UTF-8, for what is one unit of UTF-16; 4 for what is two


class StructuredCodec:
    """Trees of expressions <-> messages of one transport."""

    __slots__ = ("_bytes", "_decode", "_encode", "_native")

    def __init__(
        self,
        encoding: object,
        encode: Callable[[object], object],
        decode: Callable[[object], object],
    ) -> None:
        """`encode` makes of a message what the transport sends, `decode` what it received one.

        Raises:
            TypeError: for an encoding that is none.
        """
        if encoding not in _ENCODINGS:
            known = ", ".join(_ENCODINGS)
            raise TypeError(f"the encoding of a transport must be one of {known}; not {encoding!r}")
        self._native = encoding == "structuredClonable"
        self._bytes = self._native or encoding == "jsonCompatibleWithBytes"
        self._encode = encode
        self._decode = decode

    # ---------------------------------------------------------------- what is sent

    def write(
        self,
        tree: Expression,
        fill: Callable[[Leaf], Expression],
        fill_error: Callable[[SentError], Expression],
    ) -> object:
        """`tree` as a message that the transport has encoded; leaves and errors as in `dumps`.

        Raises:
            EncodeError: if the transport cannot encode it.
        """
        return self.pack(cast("list[object]", self._written(tree, fill, fill_error)))

    def pack(self, message: list[object]) -> object:
        """A message as the transport encodes it.

        Raises:
            EncodeError: if it cannot.
        """
        try:
            return self._encode(message)
        except Exception as error:  # noqa: BLE001 (it is the transport's, and may be anything)
            fault = f"the transport cannot encode it: {error}"
        raise EncodeError(fault)  # out here, so that it does not keep the other error

    def _written(
        self,
        tree: Expression,
        fill: Callable[[Leaf], Expression],
        fill_error: Callable[[SentError], Expression],
    ) -> object:
        def write(item: Expression) -> object:
            kind = type(item)
            if kind is list:
                # Loops, since a comprehension is a frame of its own: the stack is as deep as the
                # message is.
                elements: list[object] = []
                for element in cast("list[Expression]", item):
                    elements.append(element if type(element) in _PLAIN else write(element))  # noqa: PERF401
                return elements
            if kind is dict:
                members: dict[str, object] = {}
                for key, member in cast("dict[str, Expression]", item).items():
                    members[key] = member if type(member) in _PLAIN else write(member)
                return members
            if isinstance(item, Leaf):
                return write(fill(item))
            if isinstance(item, SentError):
                return write(fill_error(item))
            return self._value(item)

        return write(tree)

    def _value(self, item: object) -> object:
        """What a single value is in a message."""
        if type(item) is Scalar:
            return _native(item) if self._native else list(item)
        if isinstance(item, bytes):
            return item if self._bytes else encode_base64(item)
        if isinstance(item, str):  # of a subclass
            return str.__str__(item)
        assert type(item) in _PLAIN, f"{type(item).__name__} in an expression"
        return item

    @staticmethod
    def size(packed: object) -> int:
        """Bytes of a message that the transport has encoded, if it is bytes; else an estimate."""
        return len(packed) if isinstance(packed, bytes) else estimate_size(packed)

    # ---------------------------------------------------------------- what is received

    def read(self, received: object, limits: Limits) -> tuple[Expression, int]:
        """The tree of what the transport received, and its size in bytes.

        If it is not bytes, its size is what it has at least in any format.

        Raises:
            ProtocolError: if the transport cannot decode it, or it holds what no message of this
                encoding holds, or more than `limits.message_size`.
        """
        size = len(received) if isinstance(received, bytes) else 0
        if size > limits.message_size:
            raise _too_long(size, limits)
        try:
            message = self._decode(received)
        except Exception as error:  # noqa: BLE001 (it is the transport's, and may be anything)
            raise ProtocolError(f"not a message: {error}") from None
        tree, least = self._admitted(message, limits)
        return tree, max(size, least)

    def _admitted(self, message: object, limits: Limits) -> tuple[Expression, int]:
        """A copy of a message, its values that JSON has not as expressions; and its least size."""
        limit = limits.message_size
        size = 0

        def count(more: int) -> None:
            # At once: what is in a message several times, or in itself, is copied each time.
            nonlocal size
            size += more
            if size > limit:
                raise _too_long(size, limits)

        def admit(item: object) -> Expression:
            kind = type(item)
            if kind is str:
                count(len(cast("str", item)))
                return cast("str", item)
            if kind is list:
                items = cast("list[object]", item)
                count(len(items))
                elements: list[Expression] = []
                for element in items:
                    elements.append(admit(element))  # noqa: PERF401 (as above)
                return elements
            if kind is dict:
                pairs = cast("dict[object, object]", item)
                count(len(pairs))
                members: dict[str, Expression] = {}
                for key, member in pairs.items():
                    if type(key) is not str:
                        raise ProtocolError(f"a {type(key).__name__} cannot be a key in a message")
                    count(len(key))
                    members[key] = admit(member)
                return members
            if kind is bytes and self._bytes:
                count(len(cast("bytes", item)))
                return cast("bytes", item)
            return self._admitted_scalar(item, limits)

        return admit(message), size

    def _admitted_scalar(self, item: object, limits: Limits) -> Expression:
        kind = type(item)
        if kind is bool or item is None:
            return cast("bool | None", item)
        if kind is int or (kind is BigInt and self._native):
            return self._admitted_int(cast("int", item), limits)
        if kind is float:
            number = cast("float", item)
            if self._native:
                return encode_float(number)
            if math.isfinite(number):
                large = _INT32 <= abs(number) <= MAX_SAFE_INTEGER
                return int(number) if large and number.is_integer() else number
            raise ProtocolError(f"{item} cannot be in a message")
        if self._native:
            if kind is datetime:
                return _admitted_date(cast("datetime", item))
            if kind is Undefined:
                return UNDEFINED_EXPRESSION
        raise ProtocolError(f"a {kind.__name__} cannot be in a message of this encoding")

    def _admitted_int(self, number: int, limits: Limits) -> Expression:
        if type(number) is int and -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
            return number
        if not self._native:
            try:
                return float(number)  # a number in JavaScript, hence a double
            except OverflowError:
                raise ProtocolError("a number is beyond all doubles") from None
        if number.bit_length() * _DIGITS_PER_BIT > limits.bigint_digits:
            raise ProtocolError(f"a bigint is longer than {limits.bigint_digits} digits")
        return encode_bigint(number)


def estimate_size(message: object) -> int:
    """Bytes that a message takes in about any format, on the high side."""
    kind = type(message)
    if kind is str:
        return _SCALAR_SIZE + _CHARACTER_SIZE * len(cast("str", message))
    if kind is bytes:
        return _SCALAR_SIZE + len(cast("bytes", message))
    if kind is int:
        return _SCALAR_SIZE + cast("int", message).bit_length() // 8
    size = _SCALAR_SIZE
    if kind is list:
        for element in cast("list[object]", message):
            size += _ENTRY_SIZE + estimate_size(element)
    elif kind is dict:
        for key, member in cast("dict[str, object]", message).items():
            size += _ENTRY_SIZE + estimate_size(key) + estimate_size(member)
    return size


def _native(scalar: Scalar) -> object:
    """The value itself of an expression; or the expression if most formats would change it."""
    match scalar:
        case ["undefined"]:
            return UNDEFINED
        case ["date", ms]:
            date = decode_date(ms)
            return date if type(date) is datetime else list(scalar)
        case ["bigint", str() as text]:
            number = decode_bigint(text, len(text))
            safe = -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER
            return list(scalar) if safe else int(number)
        case _:
            return float(cast("str", scalar[0]))  # inf, -inf, nan


def _admitted_date(date: datetime) -> Expression:
    try:
        return encode_date(date)
    except Exception as error:  # noqa: BLE001 (its time zone may be anything)
        raise ProtocolError(f"not a point in time: {error}") from None


def _too_long(size: int, limits: Limits) -> ProtocolError:
    return ProtocolError(f"a message of {size} bytes is longer than {limits.message_size}")
