"""Values of all kinds, in arguments and results, from Python to Node and from Node to Python."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel, Field

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us, we_call_node
from tests.interop.python_api import Post, World
from tests.loops import own_loop

#: JavaScript, and the same value in Python: each arrives as the other, in both directions.
SAME: list[tuple[str, Any]] = [
    ("null", None),
    ("true", True),
    ("false", False),
    ("0", 0),
    ("-7", -7),
    ("1.5", 1.5),
    ("5e-324", 5e-324),
    ("1.7976931348623157e308", 1.7976931348623157e308),
    ("9007199254740991", 2**53 - 1),
    ("-9007199254740991", -(2**53) + 1),
    ("9007199254740994", 9007199254740994.0),  # a number in JavaScript, so no int here
    ("1e21", 1e21),
    ("Infinity", math.inf),
    ("-Infinity", -math.inf),
    ("5n", rpc.BigInt(5)),
    ("0n", rpc.BigInt(0)),
    ("9007199254740992n", rpc.BigInt(2**53)),
    ("-(2n ** 64n)", rpc.BigInt(-(2**64))),
    ("10n ** 16383n", rpc.BigInt(10**16383)),  # as long as both sides allow
    ("''", ""),
    ("'plain'", "plain"),
    (r"'größe 日本 \u{1f600}'", "größe 日本 \U0001f600"),
    (r"'\x00\x1f\x7f\u2028\u2029\"\\/'", '\x00\x1f\x7f\u2028\u2029"\\/'),
    (r"'\ud800'", "\ud800"),
    (r"'a\udc00b\ud83d'", "a\udc00b\ud83d"),
    (r"{'\ud800': '\udfff'}", {"\ud800": "\udfff"}),
    ("[]", []),
    ("[[]]", [[]]),
    ("[[[]], []]", [[[]], []]),
    ("[1, [2, [3]], 'x']", [1, [2, [3]], "x"]),
    ("['import', 0]", ["import", 0]),  # data never passes for a reference
    ("[['export', -1]]", [["export", -1]]),
    ("{}", {}),
    ("{'': 0, 'a b': [{}], get: {x: null}}", {"": 0, "a b": [{}], "get": {"x": None}}),
    ("{then: 1}", {"then": 1}),
    ("new Date(0)", datetime(1970, 1, 1, tzinfo=UTC)),
    ("new Date(-1)", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("new Date('2020-02-29T12:34:56.789Z')", datetime(2020, 2, 29, 12, 34, 56, 789000, tzinfo=UTC)),
    ("new Date('0001-01-01T00:00:00Z')", datetime(1, 1, 1, tzinfo=UTC)),
    (
        "new Date('9999-12-31T23:59:59.999Z')",
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ),
    ("new Date(253402300800000)", rpc.FarDate(253402300800000)),  # the year 10000
    ("new Date(8.64e15)", rpc.FarDate(8_640_000_000_000_000)),
    ("new Date(-8.64e15)", rpc.FarDate(-8_640_000_000_000_000)),
    ("new Date(NaN)", rpc.FarDate(None)),
    ("Buffer.from([])", b""),
    ("Buffer.from([0])", b"\x00"),
    ("Buffer.from([0, 255])", b"\x00\xff"),
    ("Buffer.from('abc===')", b"abc==="),
    ("Buffer.from(Array.from({length: 256}, (_, n) => n))", bytes(range(256))),
    ("'x'.repeat(2_000_000)", "x" * 2_000_000),
    ("'\u20ac'.repeat(200_000)", "\u20ac" * 200_000),
    ("Buffer.alloc(200_001, 7)", b"\x07" * 200_001),
    ("Array.from({length: 5_000}, (_, n) => [n])", [[n] for n in range(5_000)]),
]

#: JavaScript whose value arrives here as another kind; it has no counterpart of its own.
ONLY_FROM_NODE: list[tuple[str, Any]] = [
    ("undefined", None),
    ("[undefined, null]", [None, None]),
    ("[1, , 3]", [1, None, 3]),  # a hole
    ("{a: undefined}", {"a": None}),
    ("-0", 0),
    ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", b"\x02\x03"),
    ("{a: 1, toString: 2, constructor: [3], toJSON: null}", {"a": 1}),
    ('JSON.parse(\'{"__proto__": {"polluted": true}, "b": 1}\')', {"b": 1}),
]


class Color(Enum):
    RED = "red"
    DEEP = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Size:
    width: int
    tags: tuple[str, ...] = ()


class Person(BaseModel):
    name: str
    born: datetime | None = None
    boss: "Person | None" = None
    kind: Literal["a", "b"] = Field(default="a", alias="kindOf")


#: Python whose value arrives in Node as another kind.
ONLY_FROM_PYTHON: list[tuple[Any, str]] = [
    (2**53, "9007199254740992n"),
    (-(2**53), "-9007199254740992n"),
    (10**30, "10n ** 30n"),
    (-0.0, "-0"),
    ((1, (2,), ()), "[1, [2], []]"),
    (datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "new Date('2020-01-01')"),
    (datetime(2020, 1, 1, 0, 0, 0, 1999, tzinfo=UTC), "new Date('2020-01-01T00:00:00.001Z')"),
    (Color.RED, "'red'"),
    ([Color.DEEP], "[3]"),
    (Point(1, 2), "[1, 2]"),
    (Size(3, ("a", "b")), "{width: 3, tags: ['a', 'b']}"),
    (
        Person(name="Ada", boss=Person(name="Bob", kindOf="b")),
        (
            "{name: 'Ada', born: null, boss: {name: 'Bob', born: null, boss: null, kindOf: 'b'},"
            " kindOf: 'a'}"
        ),
    ),
    (OrderedDict(b=1, a=2), "{b: 1, a: 2}"),
]


def form(value: Any) -> Any:
    """`value` with the types of all that is in it, which `==` alone does not look at."""
    match value:
        case dict():
            return {key: form(item) for key, item in value.items()}
        case list():
            return [form(item) for item in value]
        case float() if math.isnan(value):
            return "nan"
        case datetime():
            return type(value), value, value.utcoffset()
        case _:
            return type(value), value


def differences(pairs: list[tuple[str, Any, Any]]) -> list[str]:
    """Which of (label, what there is, what there should be) differ."""
    return [
        f"{label[:60]}: {str(got)[:200]} is not {str(wanted)[:200]}"
        for label, got, wanted in pairs
        if got != wanted
    ]


@own_loop
async def test_node_sends_arguments_and_gets_results() -> None:
    """VAL-01 to VAL-03, VAL-05, VAL-06, VAL-08, VAL-09, VAL-12, VAL-15, VAL-17, VAL-24, VAL-38."""
    post = Post([value for _, value in SAME])
    async with node_calls_us(lambda _: post) as link:
        # What arrives in Node is compared there: it would not all pass through JSON.
        wrong: list[str] = []
        for index, (source, _) in enumerate(SAME):
            wrong += await link.node.eval(
                """async (api, env, source, index) => {
                    const wrong = [];
                    const check = (what, got, wanted) => {
                        if (env.show(got) !== env.show(wanted))
                            wrong.push(`${what} ${source}: ${env.show(got).slice(0, 100)}`);
                    };
                    const value = eval(`(${source})`);
                    await api.put(value);
                    check("get", await api.get(index), value);
                    check("echo", await api.echo(value), value);
                    check("nested", await api.echo([{a: value}]), [{a: value}]);
                    return wrong;
                }""",
                *(source, index),
            )
        assert wrong == []
        assert not differences(
            [
                (source, form(got), form(wanted))
                for got, (source, wanted) in zip(post.received, SAME, strict=True)
            ]
        )


@own_loop
async def test_we_send_arguments_and_get_results() -> None:
    """VAL-01 to VAL-03, VAL-06, VAL-09, VAL-12, VAL-15, VAL-18, VAL-24, VAL-38: to Node."""
    async with we_call_node("""
        same(source, value) { return env.show(value) === env.show(eval(`(${source})`)); }
        get(source) { return eval(`(${source})`); }
        echo(value) { return value; }
    """) as link:
        api = link.api
        found: list[tuple[str, Any, Any]] = []
        for source, value in SAME:
            found += [
                (f"same {source}", await api.same(source, value), True),
                (f"get {source}", form(await api.get(source)), form(value)),
                (f"echo {source}", form(await api.echo(value)), form(value)),
                (f"nested {source}", form(await api.echo({"a": [value]})), form({"a": [value]})),
            ]
        for source, value in ONLY_FROM_NODE:
            found.append((source, form(await api.get(source)), form(value)))
        for value, source in ONLY_FROM_PYTHON:
            found.append((f"{source} of {value!r}", await api.same(source, value), True))
        assert not differences(found)
        assert math.isnan(await api.echo(math.nan))
        assert await api.same("NaN", math.nan) is True


@own_loop
async def test_values_that_change_when_node_sends_them() -> None:
    """VAL-05, VAL-07, VAL-21, VAL-25, VAL-26, SEC-02: as arguments."""
    post = Post([])
    async with node_calls_us(lambda _: post) as link:
        await link.node.eval(
            """async (api, env, sources) => {
                for (const source of sources) await api.put(eval(`(${source})`));
            }""",
            [source for source, _ in ONLY_FROM_NODE],
        )
        assert not differences(
            [
                (source, form(got), form(wanted))
                for got, (source, wanted) in zip(post.received, ONLY_FROM_NODE, strict=True)
            ]
        )


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@own_loop
async def test_as_deep_as_both_sides_allow() -> None:
    """LIM-01, LIM-04, LIM-05, LIM-08: the argument list itself is one of 256 levels."""
    async with we_call_node() as link:
        assert await link.api.echo(nested(255)) == nested(255)
        with pytest.raises(rpc.EncodeError, match="deeper than 256 levels"):
            _ = link.api.echo(nested(256))
    async with node_calls_us() as link:
        deep = "((n) => { let v = []; for (; n > 1; n--) v = [v]; return v; })"
        assert await link.node.eval(f"""async (api) => {{
            const wanted = JSON.stringify({deep}(255));
            const got = JSON.stringify(await api.echo({deep}(255)));
            return got === wanted;
        }}""")


#: What is refused, and how the error begins.
REFUSED: list[tuple[object, str]] = [
    ({1: "a"}, "arguments[0]: a key must be a str, not 1"),
    ({"toString": 1}, "arguments[0].toString: JavaScript peers drop a member"),
    ([{"a": {1, 2}}], "arguments[0][0].a: set cannot be sent"),
    (datetime(2020, 1, 1), "arguments[0]: a datetime without a time zone"),  # noqa: DTZ001
    (World, "arguments[0]: type cannot be sent"),
    (1j, "arguments[0]: complex cannot be sent"),
    (memoryview(b"x").cast("?"), "arguments[0]: elements of format '?' cannot be sent"),
]


@own_loop
async def test_values_that_are_refused() -> None:
    """VAL-28, VAL-29: with the path to the value, before anything is sent."""
    async with we_call_node() as link:
        for value, message in REFUSED:
            with pytest.raises(rpc.EncodeError) as caught:
                _ = link.api.echo(value)
            assert str(caught.value).startswith(message)
        assert await link.node.frames() == []
