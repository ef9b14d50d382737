"""Properties of the codec, over any value and any text."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.json_text import dumps
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER, BigInt
from tests import strategies
from tests.notation import same
from tests.wire.codec import decode, encode, no_leaf


def arrives_as(value: Any) -> Any:
    """What a value is at the other end, if that is a Python peer too."""
    if isinstance(value, list | tuple):
        return [arrives_as(item) for item in value]
    if isinstance(value, dict):
        return {key: arrives_as(item) for key, item in value.items()}
    if type(value) is int and abs(value) > MAX_SAFE_INTEGER:
        return BigInt(value)
    return value


@given(strategies.values)
def test_values_survive(value: Any) -> None:
    """VAL-01, VAL-02, VAL-06, VAL-09, VAL-12, VAL-15, VAL-38"""
    arrived = decode(encode(value))
    assert same(arrived, arrives_as(value))


@given(strategies.values)
def test_a_value_is_sent_on_as_it_came(value: Any) -> None:
    wire = encode(value)
    assert encode(decode(wire)) == wire


@given(strategies.values)
def test_what_is_sent_can_be_written_to_any_socket(value: Any) -> None:
    """VAL-38"""
    encode(value).encode("utf-8")


@given(strategies.all_datetimes)
@example(datetime.max.replace(tzinfo=UTC))
@example(datetime.min.replace(tzinfo=UTC))
def test_dates_of_any_year_survive_to_what_a_double_holds(date: datetime) -> None:
    """VAL-12"""
    arrived = decode(encode(date))
    assert not isinstance(arrived, FarDate)
    assert isinstance(arrived, datetime)
    assert abs(arrived - date) < timedelta(microseconds=100)


@given(strategies.messages)
@example('["bigint"," 0x"]')
@example('["date",1e308]')
@example('["error","a","b",null,{"c":["undefined"]}]')
@example('{"__proto__":["pipeline",0,["a"],[1]]}')
def test_any_text_is_a_value_or_a_protocol_error(text: str) -> None:
    """BAD-01, BAD-02"""
    with suppress(ProtocolError):
        decode(text)


@given(strategies.nearly_expressions, st.integers(1, 6), st.integers(1, 8))
def test_limits_hold_and_refuse_with_the_same_error(tree: Any, depth: int, digits: int) -> None:
    """LIM-02"""
    text = dumps(tree, no_leaf)
    with suppress(ProtocolError):
        value = decode(text, Limits(depth=depth, bigint_digits=digits))
        assert _levels(value) <= depth
        assert same(value, decode(text))


def _levels(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_levels, inner), default=0)
