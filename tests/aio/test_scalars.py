"""Scalars of Python's library: any of them comes back as what it was."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import capnweb_runtime as rpc
from capnweb_runtime.aio import shapes
from capnweb_runtime.aio.container_shapes import list_of
from capnweb_runtime.aio.scalars import SCALARS, written

#: Beyond that (2^33 seconds) a float of seconds has no room for microseconds.
_EXACT = timedelta(seconds=2**33 - 1)

_OFFSETS = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)

_VALUES: dict[type, st.SearchStrategy[Any]] = {
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    date: st.dates(),
    time: st.times(timezones=st.none() | _OFFSETS),
    timedelta: st.timedeltas(-_EXACT, _EXACT),
    PurePosixPath: st.lists(st.text(alphabet="abä .", min_size=1)).map(lambda p: PurePosixPath(*p)),
}


@pytest.mark.parametrize("kind", _VALUES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_round_trip(kind: type, data: st.DataObject) -> None:
    value = data.draw(_VALUES[kind])
    back = SCALARS[kind](json.loads(json.dumps(written(value))))
    assert back == value
    assert repr(back) == repr(value) or kind is time  # an offset may have a name


@pytest.mark.parametrize("kind", SCALARS, ids=lambda kind: kind.__name__)
@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary())
def test_anything_else_is_refused(kind: type, value: object) -> None:
    try:
        read = SCALARS[kind](value)
    except ValueError:
        return
    assert isinstance(read, kind)
    if kind is not time:  # seconds may be left out
        assert SCALARS[kind](written(read)) == read


def test_forms_on_the_wire() -> None:
    values = [
        Decimal("1E+3"),
        Decimal("-0.00"),
        UUID(int=1),
        date(1, 2, 3),
        time(1, 2),
        time(1, 2, 3, 4, UTC),
        timedelta(minutes=1, milliseconds=500),
        PurePath("a", "b"),
        PureWindowsPath("a\\b"),
    ]
    assert rpc.serialize(values) == json.dumps(
        [
            [
                "1E+3",
                "-0.00",
                "00000000-0000-0000-0000-000000000001",
                "0001-02-03",
                "01:02:00",
                "01:02:03.000004+00:00",
                60.5,
                "a/b",
                "a/b",
            ]
        ],
        separators=(",", ":"),
    )


@pytest.mark.parametrize(
    ("shape", "conditions", "value"),
    [
        (shapes.TIME, {"gt": "10:00:00"}, "11:00:00Z"),
        (shapes.DECIMAL, {"multiple_of": "0.01"}, "1E999999"),
        (shapes.TIMEDELTA, {"gt": 0}, 10**400),
        (shapes.TIMEDELTA, {}, 10**400),
    ],
)
def test_what_conditions_cannot_be_asked_of(
    shape: shapes.Shape[Any, Any], conditions: dict[str, Any], value: object
) -> None:
    bounded = shapes.constrained(shape, **conditions) if conditions else shape
    with pytest.raises(rpc.ArgumentError, match=r"^the argument\[1\]: "):
        list_of(bounded).receive([written(_ALLOWED[shape.label]), value], lambda: "the argument")


_ALLOWED = {"time": time(11), "Decimal": Decimal("0.02"), "timedelta": timedelta(seconds=1)}


def test_a_datetime_of_another_class_is_not_taken_for_a_date() -> None:
    class Moment(datetime):
        pass

    moment = Moment.now(UTC)
    assert written(moment) is moment
