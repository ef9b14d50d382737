"""Scalars of Python's library that Cap'n Web has no value for, and what they are on the wire.

| Python | on the wire |
|---|---|
| `decimal.Decimal` | its digits as text, ``"1.50"``: a JSON number is a binary float |
| `uuid.UUID` | ``"12345678-1234-5678-1234-567812345678"`` |
| `datetime.date` | ``"2024-02-29"`` |
| `datetime.time` | ``"10:30:00"``, ``"10:30:00.000250+02:00"`` |
| `datetime.timedelta` | seconds, as a number: what a JavaScript peer computes with |
| `pathlib` paths | text with forward slashes |

A peer's form is taken for what it says exactly, or refused. Inside of pydantic models and
dataclasses pydantic reads them, which is more generous unless the model says otherwise.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Final, TypeVar
from uuid import UUID

from capnweb_runtime.errors import EncodeError

__all__ = ["SCALARS", "written"]

V = TypeVar("V")


def written(value: object) -> object:
    """The form of a value on the wire; `value` itself if it is no such scalar.

    Raises:
        EncodeError: for an infinite Decimal or one that is no number.
    """
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for kind, write in _WRITERS.items():
        # A datetime is a date as well, but one with a time.
        if isinstance(value, kind) and not isinstance(value, dt.datetime):
            return write(value)
    return value


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise EncodeError(f"the Decimal {value} cannot be sent: it is no finite number")
    return Decimal.__str__(value)


_WRITERS: Final[dict[type, Callable[[Any], object]]] = {
    Decimal: _decimal_text,
    UUID: UUID.__str__,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: dt.timedelta.total_seconds,
    PurePath: PurePath.as_posix,
}


def _reader(pattern: str, read: Callable[[str], V], expected: str) -> Callable[[object], V]:
    """Reads text of one form. What fits the pattern may still be no value: February 30."""
    form = re.compile(pattern, re.ASCII)

    def reader(value: object) -> V:
        if isinstance(value, str) and form.fullmatch(value):
            try:
                return read(value)
            except (ValueError, ArithmeticError):
                pass
        raise ValueError(f"expected {expected}")

    return reader


def _read_seconds(value: object) -> dt.timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return dt.timedelta(seconds=value)
        except (OverflowError, ValueError):  # too many, infinitely many, or no number
            pass
    raise ValueError("expected a number of seconds")


def _path_reader(kind: Callable[[str], V]) -> Callable[[object], V]:
    return _reader(r"[^\0]*", kind, "a path, as text")


#: What reads each of them; raises ValueError for all that is not its form exactly.
SCALARS: Final[dict[type, Callable[[object], Any]]] = {
    Decimal: _reader(
        r"-?\d+(\.\d+)?([Ee][+-]?\d+)?", Decimal, 'a decimal number as text, such as "1.50"'
    ),
    UUID: _reader(r"[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12}", UUID, "a UUID, as text"),
    dt.date: _reader(
        r"\d{4}-\d\d-\d\d", dt.date.fromisoformat, 'a date as text, such as "2024-02-29"'
    ),
    dt.time: _reader(
        r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?",
        dt.time.fromisoformat,
        'a time as text, such as "10:30:00"',
    ),
    dt.timedelta: _read_seconds,
    Path: _path_reader(Path),
    PurePath: _path_reader(PurePath),
    PurePosixPath: _path_reader(PurePosixPath),
}
