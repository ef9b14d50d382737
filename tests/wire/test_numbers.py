"""Numbers: int and float here, doubles and bigints there."""

import math
import sys

import pytest

from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER, BigInt, decode_bigint
from tests.wire.codec import decode, encode


@pytest.mark.parametrize(
    ("number", "wire"),
    [
        (MAX_SAFE_INTEGER, "9007199254740991"),
        (-MAX_SAFE_INTEGER, "-9007199254740991"),
        (MAX_SAFE_INTEGER + 1, '["bigint","9007199254740992"]'),
        (-MAX_SAFE_INTEGER - 1, '["bigint","-9007199254740992"]'),
        (2**64, '["bigint","18446744073709551616"]'),
        (BigInt(0), '["bigint","0"]'),
        (BigInt(-1), '["bigint","-1"]'),
        (True, "true"),
        (5.0, "5.0"),
        (1e22, "1e+22"),
        (float(2**53), "9007199254740992.0"),
    ],
)
def test_python_numbers(number: float, wire: str) -> None:
    """VAL-01, VAL-09: an int that is no safe integer there is sent as a bigint."""
    assert encode(number) == wire
    assert decode(wire) == number


@pytest.mark.parametrize("exponent", [599, 600, 601, 1199, 1200, 4299, 4300, 4301, 16383])
@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_bigints_longer_than_python_likes(exponent: int, offset: int, sign: int) -> None:
    """VAL-09: where the conversion begins another piece, and past Python's own guard."""
    number = sign * (10**exponent + offset)
    wire = encode(number)
    assert decode(wire, Limits(bigint_digits=20_000)) == number


def test_python_guard_of_4300_digits_is_left_alone() -> None:
    guard = sys.get_int_max_str_digits()
    decode(encode(10**10_000), Limits(bigint_digits=10_001))
    assert sys.get_int_max_str_digits() == guard
    with pytest.raises(ValueError, match="Exceeds the limit"):
        str(10**10_000)


def test_bigint_at_the_limit_and_past_it() -> None:
    """LIM-01, LIM-02"""
    assert decode_bigint("12345", 5) == 12345
    with pytest.raises(ProtocolError, match="a bigint of 6 characters is longer than 5"):
        decode_bigint("123456", 5)
    with pytest.raises(ProtocolError, match="a bigint of 6 characters is longer than 5"):
        decode_bigint("-12345", 5)


@pytest.mark.parametrize("wire", ['["bigint","7"]', '["bigint","0x7"]', '["bigint"," +07 "]'])
def test_a_bigint_stays_one(wire: str) -> None:
    """VAL-09: what came as a bigint goes back as one, however small."""
    number = decode(wire)
    assert type(number) is BigInt
    assert number == 7
    assert encode(number) == '["bigint","7"]'


def test_arithmetic_on_a_bigint_gives_an_int() -> None:
    assert type(BigInt(7) + 1) is int


@pytest.mark.parametrize("wire", ["1e400", "[[1e400]]", '{"a":-1e400}'])
def test_numbers_beyond_the_doubles_can_be_sent_on(wire: str) -> None:
    """VAL-08"""
    number = decode(wire)
    while not isinstance(number, float):
        assert isinstance(number, list | dict)
        number = number["a"] if isinstance(number, dict) else number[0]
    assert math.isinf(number)
    assert encode(number) in {'["inf"]', '["-inf"]'}
