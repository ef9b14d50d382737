"""Numbers: JavaScript has doubles and bigints, Python has float and int.

A JSON number is a double. Within +-(2**53 - 1) a whole one is an int here, beyond that a float,
which is what it is at the peer. A Python int outside that range is sent as a bigint, since as a
number it would arrive as another one. `BigInt` keeps the kind of a received bigint, and forces it.
"""

import math
import re
from math import isfinite
from typing import Final, cast

from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.wire.expressions import Expression, Scalar

__all__ = ["MAX_SAFE_INTEGER", "BigInt", "decode_bigint", "encode_bigint", "encode_float"]

MAX_SAFE_INTEGER: Final = 2**53 - 1

# Python refuses to convert more than 4,300 decimal digits at once (its cost is quadratic); a bigint
# may be longer. Pieces of this length stay below that guard, whatever it is set to (640 at least).
_PIECE: Final = 600

# What the JavaScript function BigInt() takes; int() also takes "_" and other digits. Blanks are
# stripped before: as part of the pattern, thousands of them would cost seconds.
_BIGINT: Final = re.compile(
    r"(?:(?P<decimal>[+-]?[0-9]+)|0[xX](?P<hex>[0-9a-fA-F]+)|0[oO](?P<oct>[0-7]+)|0[bB](?P<bin>[01]+))?"
)
_BLANKS: Final = (  # ECMAScript, "WhiteSpace" and "LineTerminator"
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_INF: Final = Scalar(["inf"])
_MINUS_INF: Final = Scalar(["-inf"])
_NAN: Final = Scalar(["nan"])


class BigInt(int):
    """An int that is a bigint on the wire, whatever its size: ``BigInt(5)`` is JavaScript's ``5n``.

    Every bigint that is received is one, so that it goes back as what it was.
    """

    __slots__ = ()


def encode_bigint(value: int) -> Expression:
    """`["bigint", "<decimal>"]` (protocol: bigint)."""
    return Scalar(("bigint", _to_decimal(value)))


def decode_bigint(text: str, max_digits: int) -> BigInt:
    """The int that a received bigint stands for.

    Raises:
        ProtocolError: if it is longer than `max_digits` characters or is no number.
    """
    if len(text) > max_digits:
        raise ProtocolError(f"a bigint of {len(text)} characters is longer than {max_digits}")
    match = _BIGINT.fullmatch(text.strip(_BLANKS))
    if match is None:
        raise ProtocolError(f"not a bigint: {text[:64]!r}")
    if (decimal := match["decimal"]) is not None:
        return BigInt(_from_decimal(decimal))
    for name, base in (("hex", 16), ("oct", 8), ("bin", 2)):
        digits = cast("str | None", match[name])
        if digits is not None:
            return BigInt(int(digits, base))
    return BigInt(0)  # the empty string, as in JavaScript


def encode_float(value: float) -> Expression:
    """A finite float stands for itself; the others are `["inf"]`, `["-inf"]`, `["nan"]`."""
    if isfinite(value):
        return value
    if math.isnan(value):
        return _NAN
    return _INF if value > 0 else _MINUS_INF


def _to_decimal(value: int) -> str:
    sign = "-" if value < 0 else ""
    value = abs(value)
    pieces: list[str] = []
    base = 10**_PIECE
    while value >= base:
        value, low = divmod(value, base)
        pieces.append(str(low).zfill(_PIECE))
    return sign + str(int(value)) + "".join(reversed(pieces))


def _from_decimal(text: str) -> int:
    negative = text[0] == "-"
    digits = text.lstrip("+-")
    value = 0
    for start in range(0, len(digits), _PIECE):
        piece = digits[start : start + _PIECE]
        value = value * 10 ** len(piece) + int(piece)
    return -value if negative else value
