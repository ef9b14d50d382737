"""Expressions -> Python values.

One walk over the JSON of a message, in place: an array or object that needs no change is the value.
References to the session's tables (`import`, `export`, ...) are handed to `References`, and each
place they were put in is noted as a `Slot`, so that nobody has to look for them again.

What is malformed raises `ProtocolError`, and with it ends the session: a peer that sends such a
thing and this side no longer agree on what was said.
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, cast

from typing_extensions import override

from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.binary import decode_base64
from capnweb_runtime.wire.columns import MANY, ColumnDecoder, IrregularError
from capnweb_runtime.wire.dates import decode_date
from capnweb_runtime.wire.errors import decode_error
from capnweb_runtime.wire.expressions import (
    RESERVED_KEYS,
    UNDEFINED,
    Expression,
    Leaf,
    Scalar,
    SentError,
    malformed,
)
from capnweb_runtime.wire.fetch_codec import (
    decode_headers,
    decode_request,
    decode_response,
    decode_url,
)
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER, decode_bigint
from capnweb_runtime.wire.typed_arrays import decode_container

__all__ = ["Decoder", "NoReferences", "Place", "References", "Slot"]


class Place(Protocol):
    """What can hold a leaf, besides a list or dict: only one, so that the key does not matter."""

    def __setitem__(self, key: str, value: object, /) -> None:
        """Put a value where the leaf is."""


class Slot(NamedTuple):
    """A place in a decoded value that holds a leaf."""

    container: "list[object] | dict[str, object] | Place"
    key: int | str
    leaf: Leaf

    def put(self, value: object) -> None:
        """Put `value` where the leaf is."""
        self.container[self.key] = value  # type: ignore[index]  # key and container are of a pair

    def clear(self) -> None:
        """Leave nothing where the leaf is: no member, or None in an array."""
        if isinstance(self.container, dict):
            self.container.pop(cast("str", self.key), None)
        else:
            self.put(None)


@mypyc_attr(allow_interpreted_subclasses=True)
class References(Protocol):
    """What a decoder needs of a session."""

    def refer(self, expression: list[Expression], depth: int) -> object:
        """The leaf for an expression that refers to the session's tables, or the value itself.

        Raises:
            ProtocolError: if it is no such expression, or refers to nothing.
        """


class NoReferences(References):
    """There is nothing to refer to."""

    @override
    def refer(self, expression: list[Expression], depth: int) -> object:
        raise malformed(expression)


class Decoder:
    """Decodes one message's value, and collects the places of its leaves.

    Attributes:
        slots: where the leaves of everything decoded so far lie.
    """

    __slots__ = ("_limits", "_references", "_regular", "slots")

    def __init__(self, references: References, limits: Limits) -> None:
        self.slots: list[Slot] = []
        self._regular = True
        self._references = references
        self._limits = limits

    def decode(self, expression: Expression, depth: int = 0) -> object:
        """The value of `expression`, which lies `depth` levels deep in its message.

        Takes the expression: its arrays and objects become part of the value.

        Raises:
            ProtocolError: if it is malformed, refers to nothing, or is past a limit.
        """
        # Exact types, by `type() is`: a `Scalar` is no array.
        if type(expression) is list:
            head = expression[0] if expression else None
            if type(head) is str:
                decode = _DECODERS.get(head)
                if decode is not None:
                    return decode(self, expression, depth)
            elif type(head) is list and len(expression) == 1:
                return self.decode_items(head, depth)
            return self._references.refer(expression, depth)
        if type(expression) is dict:
            return self.decode_object(expression, depth)
        if type(expression) is int:
            is_safe = -MAX_SAFE_INTEGER <= expression <= MAX_SAFE_INTEGER
            return expression if is_safe else float(expression)
        if expression is None or type(expression) in _THEMSELVES:
            return expression
        if isinstance(expression, Scalar):
            return _DECODERS[cast("str", expression[0])](self, expression, depth)
        if isinstance(expression, SentError):
            return self.decode(expression.expression, depth)
        if type(expression) is bytes:
            raise ProtocolError("bytes stand in a bytes expression, and nowhere else")
        return expression  # a leaf, already in place

    def decode_items(self, items: list[Expression], depth: int) -> list[object]:
        """The values of the elements of an array or argument list, which lies at `depth`."""
        values = cast("list[object]", items)
        depth += 1
        if items:
            self.check_depth(depth)
            if len(items) >= MANY and type(items[0]) in _ROWS and self._regular:
                try:
                    ColumnDecoder(self._limits.depth).decode(items, depth)
                except IrregularError:
                    self._regular = False  # so that nothing is looked at more than twice
                else:
                    return values
        for index, item in enumerate(items):
            kind = type(item)
            if kind is str or kind is float or kind is bool or item is None:
                continue  # what is its own value needs no call
            if kind is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:  # type: ignore[operator]
                continue
            value = values[index] = self.decode(item, depth)
            if isinstance(value, Leaf):
                self.slots.append(Slot(values, index, value))
        return values

    def decode_arguments(self, items: list[Expression], depth: int) -> list[object]:
        """As `decode_items`, but an argument that is `undefined` is `UNDEFINED`: not given."""
        absent = [index for index, item in enumerate(items) if item == ["undefined"]]
        values = self.decode_items(items, depth)
        for index in absent:
            values[index] = UNDEFINED
        return values

    def decode_object(self, members: dict[str, Expression], depth: int) -> dict[str, object]:
        """The values of the members of an object, which lies at `depth`."""
        values = cast("dict[str, object]", members)
        depth += 1
        if members and depth >= self._limits.depth:
            self.check_depth(depth)
        for key, item in members.items():
            kind = type(item)
            if kind is str or kind is float or kind is bool or item is None:
                continue
            if kind is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:  # type: ignore[operator]
                continue
            value = values[key] = self.decode(item, depth)  # the key is there: no change of size
            if isinstance(value, Leaf):
                # A member that is dropped below still has to be settled and released.
                place = values if key not in RESERVED_KEYS else {}
                self.slots.append(Slot(place, key, value))
        if not RESERVED_KEYS.isdisjoint(values):
            for key in RESERVED_KEYS.intersection(values):
                del values[key]
        return values

    def check_depth(self, depth: int) -> None:
        """Refuse what lies `depth` levels deep if that is too deep.

        Raises:
            ProtocolError: if it is.
        """
        # Scalars count as well, as with the reference; hence where they lie, and not one by one.
        if depth >= self._limits.depth:
            raise ProtocolError(f"a value is nested deeper than {self._limits.depth} levels")

    def note(self, container: Place, leaf: Leaf) -> None:
        """Note that a leaf lies in something else than a list or dict."""
        self.slots.append(Slot(container, "", leaf))


def _decode_undefined(decoder: Decoder, expression: list[Expression], depth: int) -> object:
    if len(expression) != 1:
        raise malformed(expression)
    return None


def _decode_bigint(decoder: Decoder, expression: list[Expression], depth: int) -> object:
    if len(expression) < 2 or not isinstance(expression[1], str):
        raise malformed(expression)
    return decode_bigint(expression[1], decoder._limits.bigint_digits)


def _decode_date(decoder: Decoder, expression: list[Expression], depth: int) -> object:
    if len(expression) < 2:
        raise malformed(expression)
    return decode_date(expression[1])


def _decode_bytes(decoder: Decoder, expression: list[Expression], depth: int) -> object:
    data = expression[1] if len(expression) > 1 else None
    if isinstance(data, str):
        data = decode_base64(data)
    elif not isinstance(data, bytes):
        raise malformed(expression)
    return data if len(expression) == 2 else decode_container(data, expression[2])


#: Elements that an array of many is taken by columns for.
_ROWS: Final = frozenset({dict, list})

#: What is its own value, whichever it is.
_THEMSELVES: Final = frozenset({str, float, bool})

_DECODERS: Final[dict[str, Callable[[Decoder, list[Expression], int], object]]] = {
    "undefined": _decode_undefined,
    "inf": lambda _, __, ___: math.inf,
    "-inf": lambda _, __, ___: -math.inf,
    "nan": lambda _, __, ___: math.nan,
    "bigint": _decode_bigint,
    "date": _decode_date,
    "bytes": _decode_bytes,
    "error": decode_error,
    "url": lambda _, expression, __: decode_url(expression),
    "headers": lambda _, expression, __: decode_headers(expression),
    "request": decode_request,
    "response": decode_response,
}
