"""Reads `tests/vectors`: their notation (vectors/README.md) as Python values."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from _pytest.mark import ParameterSet

from capnweb_runtime.errors import RemoteError, remote_error
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.expressions import UNDEFINED
from capnweb_runtime.wire.numbers import BigInt

FOLDER = Path(__file__).parent / "vectors"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def names(folder: str) -> list[str]:
    """The files of a folder, for `load`."""
    return [f"{folder}/{path.stem}" for path in sorted((FOLDER / folder).glob("*.json"))]


def load(name: str) -> list[Any]:
    """The rows of a file."""
    rows: list[Any] = json.loads((FOLDER / f"{name}.json").read_text("ascii"))
    return rows


def rows(name: str) -> list[ParameterSet]:
    """The rows of a file, for `parametrize`: conformance ids and name tell which one failed."""
    return [pytest.param(row, id=f"{'+'.join(row['shows'])} {row['what']}") for row in load(name)]


def matches(message: Any, expected: Any) -> bool:
    """Whether a message is the expected one, in which `*` is any string."""
    if expected == "*":
        return isinstance(message, str)
    if isinstance(expected, list):
        return (
            isinstance(message, list)
            and len(message) == len(expected)
            and all(map(matches, message, expected))
        )
    if isinstance(expected, dict):
        return (
            isinstance(message, dict)
            and message.keys() == expected.keys()
            and all(matches(message[key], item) for key, item in expected.items())
        )
    return type(message) is type(expected) and message == expected


def text(notation: Any) -> str:
    """A text."""
    if isinstance(notation, str):
        return notation
    return "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in notation)


def value(notation: Any) -> Any:
    """A value."""
    if isinstance(notation, list):
        return [value(item) for item in notation]
    if not isinstance(notation, dict):
        return notation
    if "$" not in notation:
        return {key: value(item) for key, item in notation.items()}
    match notation:
        case {"$": "undefined"}:
            return UNDEFINED
        case {"$": "inf" | "-inf" | "nan" | "-0" as number}:
            return float(number)
        case {"$": "bigint", "digits": digits}:
            return BigInt(_integer(text(digits)))
        case {"$": "date", "ms": ms}:
            return date(ms)
        case {"$": "bytes", "hex": digits}:
            return bytes.fromhex(text(digits))
        case {"$": "error", "name": name, "message": message, **more}:
            return remote_error(name, message, value(more.get("properties", {})))
        case {"$": "text", "of": of}:
            return text(of)
        case {"$": "arrays" | "objects" as kind, "depth": depth, "around": around}:
            inner = value(around)
            for _ in range(depth):
                inner = [inner] if kind == "arrays" else {"a": inner}
            return inner
        case _:
            raise AssertionError(f"no notation: {notation}")


def date(ms: float | None) -> datetime | FarDate:
    """A date: a datetime where there is one."""
    if ms is None:
        return FarDate(None)
    try:
        return EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return FarDate(int(ms))


def _integer(digits: str) -> int:
    # Not what the runtime does, and not fast: Horner's rule, digit by digit.
    number = 0
    for digit in digits.removeprefix("-"):
        number = number * 10 + ord(digit) - ord("0")
    return -number if digits.startswith("-") else number


def received(sent: Any) -> Any:
    """What a value is when it arrives: undefined is None here."""
    if sent is UNDEFINED:
        return None
    if isinstance(sent, list):
        return [received(item) for item in sent]
    if isinstance(sent, dict):
        return {key: received(item) for key, item in sent.items()}
    if isinstance(sent, RemoteError):
        return remote_error(sent.name, sent.message, received(sent.properties))
    return sent


def same(left: object, right: object) -> bool:
    """Whether two values are the same, kinds of numbers included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        one, other = left, cast("float", right)
        if math.isnan(one):
            return math.isnan(other)
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(left, list):
        others = cast("list[object]", right)
        return len(left) == len(others) and all(map(same, left, others))
    if isinstance(left, dict):
        members = cast("dict[object, object]", right)
        return list(left) == list(members) and all(map(same, left.values(), members.values()))
    if isinstance(left, RemoteError):
        error = cast("RemoteError", right)
        return (left.name, left.message) == (error.name, error.message) and same(
            left.properties, error.properties
        )
    return left == right
