"""Dates: milliseconds since 1970 on the wire, aware datetimes in UTC here.

JavaScript's dates reach 271,821 BC to AD 275,760 and may be invalid; Python's end with the year
9999. What a datetime cannot be arrives as a `FarDate`, so that no valid message is ever refused. A
datetime's microseconds are sent as a fraction: a JavaScript peer cuts it off, a Python peer keeps
it.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from capnweb_runtime.errors import EncodeError, ProtocolError
from capnweb_runtime.wire.expressions import Expression, Scalar

__all__ = ["FarDate", "decode_date", "encode_date", "encode_far_date"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MS_PER_DAY: Final = 86_400_000
_MAX_MS: Final = 8.64e15  # ECMAScript, "Time Values and Time Range"


@dataclass(frozen=True, slots=True)
class FarDate:
    """A JavaScript date that no `datetime` can hold.

    Attributes:
        ms: milliseconds since 1970-01-01 UTC, or None for JavaScript's "Invalid Date".
    """

    ms: int | None


def encode_date(value: datetime) -> Expression:
    """`["date", ms]` (protocol: date).

    Raises:
        EncodeError: for a naive datetime, which is no point in time.
    """
    if value.tzinfo is not UTC and value.utcoffset() is None:
        raise EncodeError(
            "a datetime without a time zone is no point in time; give it one (tzinfo=UTC)"
        )
    since = value - _EPOCH
    part, rest = divmod(since.microseconds, 1000)
    ms = since.days * _MS_PER_DAY + since.seconds * 1000 + part
    if not rest:
        return Scalar(("date", ms))
    # Centuries from now a double has no room for microseconds, but must not be rounded up to the
    # next millisecond: datetime.max would become a date that Python has not.
    return Scalar(("date", min(ms + rest / 1000, math.nextafter(ms + 1, ms))))


def encode_far_date(value: FarDate) -> Expression:
    """`["date", ms]`, or `["date", null]` for the invalid date."""
    return Scalar(("date", value.ms))


def decode_date(ms: object) -> datetime | FarDate:
    """The date for the number of a received `["date", ms]`.

    Raises:
        ProtocolError: if it is neither a number nor null.
    """
    if ms is None:
        return FarDate(None)
    if type(ms) is not int and type(ms) is not float:
        raise ProtocolError("a date must be a number or null")
    if not -_MAX_MS <= ms <= _MAX_MS:  # or NaN
        return FarDate(None)
    try:
        if type(ms) is int:  # to make a timedelta takes twice as long as to multiply one
            return _EPOCH + ms * _MILLISECOND
        return _EPOCH + timedelta(microseconds=round(ms * 1000))
    except OverflowError:
        return FarDate(math.trunc(ms))
