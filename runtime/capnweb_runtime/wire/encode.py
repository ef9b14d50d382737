"""Python values -> expressions.

One walk over the value. What has an exact counterpart on the wire is encoded here; anything else
is first offered to the `Adapter`, which knows the application's types. What nobody knows is
refused with the path to it: never sent as its repr, never dropped.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from math import isfinite
from typing import Final, cast

from capnweb_runtime.errors import EncodeError, ThrownValueError
from capnweb_runtime.wire.binary import encode_bytes
from capnweb_runtime.wire.columns import MANY, ColumnEncoder, IrregularError
from capnweb_runtime.wire.dates import FarDate, encode_date, encode_far_date
from capnweb_runtime.wire.errors import encode_error
from capnweb_runtime.wire.expressions import (
    RESERVED_KEYS,
    UNDEFINED_EXPRESSION,
    Adapter,
    Expression,
    Leaf,
    SentError,
    Undefined,
)
from capnweb_runtime.wire.fetch import URL, Headers, Request, Response
from capnweb_runtime.wire.fetch_codec import encode_headers, encode_request, encode_response
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER, BigInt, encode_bigint, encode_float
from capnweb_runtime.wire.typed_arrays import (
    ArrayBuffer,
    DataView,
    Uint8ClampedArray,
    encode_view,
)

__all__ = ["Encoder", "are_plain", "is_plain"]


def is_plain(value: object) -> bool:
    """Whether a value is its own expression, as most arguments and results are."""
    kind = type(value)
    if kind is int:  # no `cast`, which is a call: this is asked of every argument and result
        return -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER  # type: ignore[operator]
    return kind is str or kind is bool or value is None


def are_plain(values: Sequence[object]) -> bool:
    """Whether all of them are (see `is_plain`, which this spares a call for each)."""
    for value in values:
        kind = type(value)
        if kind is int:
            if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:  # type: ignore[operator]
                return False
        elif kind is not str and kind is not bool and value is not None:
            return False
    return True


class Encoder:
    """Encodes the values of one message, and collects their leaves.

    Attributes:
        leaves: the leaves of everything encoded so far, in order.
        dropped: leaves that were met, but in a property of an error that is left out.
    """

    __slots__ = ("_adapt", "_max_depth", "_regular", "_within", "dropped", "leaves")

    def __init__(self, adapt: Adapter, max_depth: int) -> None:
        self.leaves: list[Leaf] = []
        self.dropped: Sequence[Leaf] = ()
        self._within: tuple[BaseException, ...] = ()
        self._regular = True
        self._adapt = adapt
        self._max_depth = max_depth

    def encode(self, value: object, depth: int = 0) -> Expression:
        """The expression for `value`, which lies `depth` levels deep in its message.

        Raises:
            EncodeError: if it cannot be sent; nothing of it has been encoded then, but `leaves`
                holds those that were met on the way.
        """
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value  # type: ignore[return-value]  # no `cast`: it is a call
        encode = _ENCODERS.get(kind)
        if encode is not None:
            return encode(self, value, depth)
        if isinstance(value, Leaf):
            self.leaves.append(value)
            return value
        if isinstance(value, BaseException):
            return self._encode_exception(value, depth)
        adapted = self._adapt(value)
        if adapted is value:
            raise EncodeError(f"{_describe(kind)} cannot be sent")
        return self.encode(adapted, depth)

    def encode_items(
        self, items: list[object] | tuple[object, ...], depth: int
    ) -> list[Expression]:
        """The expressions for the elements of an array or argument list, which lies at `depth`."""
        depth += 1
        if items and depth >= self._max_depth:
            raise _too_deep(self._max_depth)
        if len(items) >= MANY and type(items[0]) in _ROWS and self._regular:
            try:
                return [*ColumnEncoder(self._max_depth).encode(items, depth)]
            except IrregularError:
                self._regular = False  # so that nothing is looked at more than twice
        # A copy, of which only what is not its own expression is replaced: see `_encode_dict`.
        result = cast("list[Expression]", [*items])
        for index, item in enumerate(items):
            kind = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:  # type: ignore[operator]
                continue
            if kind is float and isfinite(item):  # type: ignore[arg-type]
                continue
            try:
                result[index] = self.encode(item, depth)
            except EncodeError as error:
                error.inside(index)
                raise
        return result

    def _encode_exception(self, error: BaseException, depth: int) -> Expression:
        if isinstance(error, ThrownValueError):
            return self.encode(error.value, depth)
        if any(error is outer for outer in self._within):
            raise EncodeError("an error that is its own cause")
        outside, mark = self._within, len(self.leaves)
        self._within = (*outside, error)
        try:
            expression = encode_error(self, error, depth)
        finally:
            self._within = outside
        has_leaves = len(self.leaves) > mark
        return SentError(error, expression, self._adapt, depth, has_leaves=has_leaves)

    def check_depth(self, depth: int) -> None:
        """Refuse what lies `depth` levels deep if that is too deep; scalars count as well.

        Raises:
            EncodeError: if it is.
        """
        if depth >= self._max_depth:
            raise _too_deep(self._max_depth)


def _encode_int(encoder: Encoder, value: object, depth: int) -> Expression:
    number = cast("int", value)
    if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
        return number
    return encode_bigint(number)


def _encode_list(encoder: Encoder, value: object, depth: int) -> Expression:
    assert isinstance(value, (list, tuple))
    return [encoder.encode_items(value, depth)]


def _encode_dict(encoder: Encoder, value: object, depth: int) -> Expression:
    assert isinstance(value, dict)
    # A copy, of which only what is not its own expression is replaced, found without a call for
    # each member: in half of the time that to build a new one of expressions takes.
    result: dict[str, Expression] = value.copy()
    depth += 1
    if result and depth >= encoder._max_depth:
        raise _too_deep(encoder._max_depth)
    for key, item in value.items():
        if type(key) is not str:
            raise EncodeError(f"a key must be a str, not {key!r}")
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
            continue
        if kind is float and isfinite(item):
            continue
        try:
            result[key] = encoder.encode(item, depth)
        except EncodeError as error:
            error.inside(key)
            raise
    if not RESERVED_KEYS.isdisjoint(result):
        raise _refuse_reserved(next(key for key in result if key in RESERVED_KEYS))
    return result


def _encode_date(encoder: Encoder, value: object, depth: int) -> Expression:
    assert isinstance(value, datetime)
    return encode_date(value)


def _too_deep(limit: int) -> EncodeError:
    return EncodeError(f"nested deeper than {limit} levels (or within itself)")


def _refuse_reserved(key: str) -> EncodeError:
    error = EncodeError("JavaScript peers drop a member of this name; use another")
    error.inside(key)
    return error


def _describe(kind: type) -> str:
    name = kind.__qualname__
    return name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"


#: Elements that an array of many is taken by columns for.
_ROWS: Final = frozenset({dict, list})

# By exact type: a subclass may mean something else (a bool is an int, an enum may be a str), and
# is the adapter's to judge.
_ENCODERS: Final[dict[type, Callable[[Encoder, object, int], Expression]]] = {
    int: _encode_int,
    float: lambda _, value, __: encode_float(cast("float", value)),
    list: _encode_list,
    tuple: _encode_list,
    dict: _encode_dict,
    bytes: lambda _, value, __: encode_bytes(cast("bytes", value)),
    datetime: _encode_date,
    FarDate: lambda _, value, __: encode_far_date(cast("FarDate", value)),
    BigInt: lambda _, value, __: encode_bigint(cast("BigInt", value)),
    Undefined: lambda _, __, ___: UNDEFINED_EXPRESSION,
    bytearray: lambda _, value, __: encode_bytes(cast("bytearray", value)),
    memoryview: lambda _, value, __: encode_view(cast("memoryview", value)),
    array: lambda _, value, __: encode_view(memoryview(cast("array[int]", value))),
    ArrayBuffer: lambda _, value, __: encode_bytes(cast("bytes", value), "ArrayBuffer"),
    DataView: lambda _, value, __: encode_bytes(cast("bytes", value), "DataView"),
    Uint8ClampedArray: lambda _, value, __: encode_bytes(cast("bytes", value), "Uint8ClampedArray"),
    URL: lambda _, value, __: ["url", cast("URL", value).href],
    Headers: lambda _, value, __: encode_headers(cast("Headers", value)),
    Request: lambda encoder, value, depth: encode_request(encoder, cast("Request", value), depth),
    Response: lambda encoder, value, depth: encode_response(
        encoder, cast("Response", value), depth
    ),
}
