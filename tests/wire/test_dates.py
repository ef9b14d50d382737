"""Dates: milliseconds there, datetimes here, and what no datetime can hold."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from typing_extensions import override

from capnweb_runtime.errors import EncodeError
from capnweb_runtime.wire.dates import FarDate
from tests.wire.codec import decode, encode

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "wire"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), '["date",0]'),
        (datetime(2001, 9, 9, 1, 46, 40, 123_000, tzinfo=UTC), '["date",1000000000123]'),
        (datetime(1, 1, 1, tzinfo=UTC), '["date",-62135596800000]'),
        (datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), '["date",253402300799999]'),
        (datetime(2001, 9, 9, 1, 46, 40, 123_500, tzinfo=UTC), '["date",1000000000123.5]'),
        (datetime(1969, 12, 31, 23, 59, 59, 999_750, tzinfo=UTC), '["date",-0.25]'),
        (FarDate(None), '["date",null]'),
        (FarDate(253_402_300_800_000), '["date",253402300800000]'),
        (FarDate(-8_640_000_000_000_000), '["date",-8640000000000000]'),
    ],
)
def test_dates(date: datetime | FarDate, wire: str) -> None:
    """VAL-12, VAL-13"""
    assert encode(date) == wire
    assert decode(wire) == date


def test_a_received_date_is_in_utc() -> None:
    """VAL-12"""
    date = decode('["date",0]')
    assert isinstance(date, datetime)
    assert date.tzinfo is UTC


@pytest.mark.parametrize("hours", [-12, -1, 5.5, 14])
def test_the_same_moment_elsewhere(hours: float) -> None:
    """VAL-12"""
    date = datetime(2020, 2, 29, 12, tzinfo=timezone(timedelta(hours=hours)))
    assert decode(encode(date)) == date


@pytest.mark.parametrize("hours", [-23, 23])
@pytest.mark.parametrize("date", [FIRST, LAST], ids=["first", "last"])
def test_moments_that_are_in_another_year_in_utc(date: datetime, hours: int) -> None:
    """VAL-13: of the years 0 and 10000, as the clocks in UTC have it, there is no datetime."""
    local = date.replace(tzinfo=timezone(timedelta(hours=hours)), microsecond=0)
    arrived = decode(encode(local))
    if isinstance(arrived, FarDate):
        assert date is (FIRST if hours > 0 else LAST)
    else:
        assert arrived == local


def test_the_last_moment_of_all_is_one_at_the_peer_too() -> None:
    """VAL-13: datetime.max is in wide use for "never", and a double must not round it up."""
    arrived = decode(encode(LAST))
    assert isinstance(arrived, datetime)
    assert LAST - arrived < timedelta(microseconds=100)


class _NoOffset(tzinfo):
    @override
    def utcoffset(self, moment: datetime | None, /) -> None:
        return None

    @override
    def dst(self, moment: datetime | None, /) -> None:
        return None

    @override
    def tzname(self, moment: datetime | None, /) -> None:
        return None


@pytest.mark.parametrize(
    "date",
    [datetime(2020, 1, 1), datetime(2020, 1, 1, tzinfo=_NoOffset())],  # noqa: DTZ001
    ids=["without a zone", "in a zone without an offset"],
)
def test_a_naive_datetime_is_refused(date: datetime) -> None:
    with pytest.raises(EncodeError, match=r"^a datetime without a time zone .* \(tzinfo=UTC\)$"):
        encode(date)


@pytest.mark.parametrize(
    "ms", ["8640000000000001", "-8640000000000001", "1e16", "1e400", "-1e400", "8.64e15001"]
)
def test_past_the_last_date_is_the_invalid_one(ms: str) -> None:
    """VAL-13"""
    assert decode(f'["date",{ms}]') == FarDate(None)


@pytest.mark.parametrize("ms", [253_402_300_800_000, -62_135_596_800_001, 8_640_000_000_000_000])
def test_dates_that_python_has_not_keep_their_value(ms: int) -> None:
    """VAL-13"""
    assert decode(f'["date",{ms}]') == FarDate(ms)
    assert encode(decode(f'["date",{ms}]')) == f'["date",{ms}]'
