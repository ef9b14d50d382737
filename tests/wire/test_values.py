"""Python's own kinds of value: which are sent, and which are refused, with the path to them."""

import math
import uuid
from collections import OrderedDict, UserDict, deque
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from capnweb_runtime.aio.refs import encode_arguments, encode_result
from capnweb_runtime.errors import EncodeError
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import RESERVED_KEYS, UNDEFINED
from tests.labels import label
from tests.wire.codec import decode, encode
from tests.wire.test_json_text import Place


def test_a_tuple_is_an_array() -> None:
    """VAL-02"""
    assert encode((1, (2, []))) == "[[1,[[2,[[]]]]]]"


def test_undefined_arrives_as_none() -> None:
    """VAL-05"""
    assert decode(encode([UNDEFINED, {"a": UNDEFINED}])) == [None, {"a": None}]


class Plain:
    pass


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


_NAIVE = datetime(2020, 1, 1)  # noqa: DTZ001

# What the codec itself refuses. The layer above it knows enums, records and subclasses.
UNKNOWN: dict[str, object] = {
    "set": {1},
    "frozenset": frozenset({1}),
    "complex": 1j,
    "decimal.Decimal": Decimal(1),
    "fractions.Fraction": Fraction(1, 2),
    "uuid.UUID": uuid.UUID(int=0),
    "datetime.date": date(2020, 1, 1),
    "datetime.time": time(1),
    "datetime.timedelta": timedelta(1),
    "object": object(),
    "type": int,
    "function": lambda: None,
    "builtin_function_or_method": len,
    "module": math,
    "generator": (letter for letter in "ab"),
    "range": range(3),
    "mappingproxy": MappingProxyType({}),
    "collections.OrderedDict": OrderedDict(),
    "collections.UserDict": UserDict[str, int](),
    "collections.deque": deque[int](),
    "types.SimpleNamespace": SimpleNamespace(),
    "ellipsis": ...,
    "NotImplementedType": NotImplemented,
    "slice": slice(1),
    "tests.wire.test_values.Plain": Plain(),
    "tests.wire.test_values.Colour": Colour.RED,
    "tests.wire.test_values.Level": Level.LOW,
    "tests.wire.test_values.Text": Text("a"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_kinds_are_refused_by_name(name: str) -> None:
    """VAL-28: never sent as their repr."""
    with pytest.raises(EncodeError) as caught:
        encode(UNKNOWN[name])
    assert str(caught.value) == f"{name} cannot be sent"
    assert caught.value.path == []


@pytest.mark.parametrize("key", [1, None, 1.5, True, b"a", (), Colour.RED, Text("a")], ids=label)
def test_keys_that_are_no_str_are_refused(key: object) -> None:
    """VAL-28"""
    with pytest.raises(EncodeError, match=r"^a\.b: a key must be a str, not "):
        encode({"a": {"b": {key: 1}}})


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_names_that_javascript_drops_are_refused(key: str) -> None:
    """VAL-26, VAL-27: a JavaScript peer would lose the member silently."""
    with pytest.raises(EncodeError, match=rf"^\[0\]\.{key}: JavaScript peers drop"):
        encode([{key: 1}])


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        ([1, [Decimal(1)]], [1, 0], "[1][0]"),
        ({"items": [0, 1, 2, {"price": Decimal(1)}]}, ["items", 3, "price"], "items[3].price"),
        (({"a b": {"": Decimal(1)}},), [0, "a b", ""], "[0]['a b']['']"),
        ({"1": Decimal(1)}, ["1"], "['1']"),
        ({"\ud800": [Decimal(1)]}, ["\ud800", 0], "['\\ud800'][0]"),
    ],
)
def test_the_path_to_what_is_refused(value: object, path: list[str | int], text: str) -> None:
    """VAL-28"""
    with pytest.raises(EncodeError) as caught:
        encode(value)
    assert caught.value.path == path
    assert caught.value.reason == "decimal.Decimal cannot be sent"
    assert str(caught.value) == f"{text}: decimal.Decimal cannot be sent"


@pytest.mark.parametrize(
    ("encode_it", "root"),
    [
        (lambda value: encode_arguments(["first", value]), "arguments[1]"),
        (encode_result, "result"),
    ],
    ids=["an argument", "a result"],
)
def test_the_path_begins_with_what_was_to_be_sent(
    encode_it: Callable[[object], object], root: str
) -> None:
    """VAL-29"""
    with pytest.raises(EncodeError) as caught:
        encode_it({"items": [0, 1, 2, {"price": Fraction(1)}]})
    assert str(caught.value) == f"{root}.items[3].price: fractions.Fraction cannot be sent"
    with pytest.raises(EncodeError) as caught:
        encode_it({"when": _NAIVE})
    assert str(caught.value).startswith(f"{root}.when: a datetime without a time zone")


def _within_itself_list() -> object:
    value: list[object] = []
    value.append(value)
    return value


def _within_itself_dict() -> object:
    value: dict[str, object] = {}
    value["a"] = {"b": value}
    return value


def _within_itself_enum() -> object:
    # What the layer above makes of a member is again something that it has to make something of.
    class Loop(Enum):
        A = Colour.RED

    return [Loop.A]


@pytest.mark.parametrize(
    "encode_it",
    [encode, lambda value: encode_arguments([value]), encode_result],
    ids=["the codec", "an argument", "a result"],
)
@pytest.mark.parametrize("value", [_within_itself_list(), _within_itself_dict()], ids=["[]", "{}"])
def test_a_value_within_itself_is_refused(
    value: object, encode_it: Callable[[object], object]
) -> None:
    """VAL-30"""
    with pytest.raises(EncodeError, match=r"nested deeper than 256 levels \(or within itself\)"):
        encode_it(value)


def test_values_that_stand_for_values_that_stand_for_values() -> None:
    assert encode_result(_within_itself_enum()).tree == [["red"]]


def _deep(depth: int, inner: object) -> object:
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "scalar", [1, "x", None, True, 1.5, b"", datetime(2026, 1, 2, tzinfo=UTC)], ids=label
)
def test_depth_at_the_limit_and_past_it(scalar: object) -> None:
    """VAL-30, LIM-08: whatever lies there, scalars included."""
    encode(_deep(7, scalar), depth=8)
    with pytest.raises(EncodeError, match="nested deeper than 8 levels"):
        encode(_deep(8, scalar), depth=8)


def test_empty_containers_at_the_limit_and_past_it() -> None:
    """VAL-30"""
    empties: list[object] = [[], {}, ()]
    for empty in empties:
        encode(_deep(7, empty), depth=8)
        with pytest.raises(EncodeError):
            encode(_deep(8, empty), depth=8)


def test_a_refused_value_leaves_what_was_met_before_it() -> None:
    """DISP-19: whoever made the references has to give them up, and finds them in `leaves`."""
    encoder = Encoder(lambda value: value, 256)
    first, second = Place("1"), Place("2")
    value: Any = [first, {"a": second}, object(), Place("3")]
    with pytest.raises(EncodeError):
        encoder.encode(value)
    assert encoder.leaves == [first, second]
