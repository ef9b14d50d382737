"""JSON text: what the two libraries make of it together."""

import json
from collections.abc import Callable

import pytest

from capnweb_runtime.errors import CallError, ProtocolError
from capnweb_runtime.wire.expressions import Expression, Leaf
from capnweb_runtime.wire.json_text import dumps, loads
from tests.wire.codec import no_leaf

NOT_JSON = (
    *("", " ", "{", "[", "[1,]", '{"a":1,}', "{a:1}", "'a'", "1 2", "[1]\n[2]"),
    *("NaN", "Infinity", "-Infinity", "[NaN]", "nul", "True", "undefined"),
    *("01", "+1", ".5", "1.", "0x10", "1_0", "1e", "--1"),
    *('"', '"\x00"', '"\n"', '"\\x41"', '"\\u12"', "\ufeff1", "//", "[1]//", "[1]]", "\ud800"),
)


@pytest.mark.parametrize("text", NOT_JSON, ids=ascii)
def test_not_json(text: str) -> None:
    """BAD-01"""
    with pytest.raises(ProtocolError, match=r"^not a JSON message: "):
        loads(text)


@pytest.mark.parametrize("wrap", ["[{}]", '{{"a":{}}}'])
@pytest.mark.parametrize("depth", [254, 255, 600])
def test_nesting_past_what_orjson_reads(wrap: str, depth: int) -> None:
    """LIM-07: 256 levels of a value are 512 of JSON."""
    text = "1"
    for _ in range(depth):
        text = wrap.format(text)
    assert dumps(loads(text), no_leaf) == text


@pytest.mark.parametrize("brackets", ["[", "[]", "{", '{"a":[', "[[],"])
def test_nesting_past_everything(brackets: str) -> None:
    """LIM-07"""
    with pytest.raises(ProtocolError):
        loads(brackets * 100_000)


def test_a_failed_parse_keeps_nothing_of_the_text() -> None:
    """The reason of a session's end may be kept for long; the 32 MB that caused it may not."""
    with pytest.raises(ProtocolError) as caught:
        loads("[" + "1," * 1000)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800", "é😀\udc80"])
def test_lone_surrogates(text: str) -> None:
    """VAL-38: in text that is not a JSON escape as well, for transports other than WebSocket."""
    assert loads(f'["{text}"]') == [text]
    sent = dumps([text], no_leaf)
    assert sent.isascii(), "no UTF-8 encoder ever sees it"
    assert json.loads(sent) == [text]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9" * 19, 10**19 - 1),
        ("-" + "9" * 18, -(10**18 - 1)),
        ("9" * 25, 1e25),
        ("-" + "9" * 5000, float("-inf")),
        ("1e999", float("inf")),
        ("0.1", 0.1),
        ("1E2", 100.0),
    ],
)
@pytest.mark.parametrize("surrogate", ["x", "\\ud800"], ids=["orjson", "json"])
def test_numbers_are_the_same_by_both_libraries(text: str, number: float, surrogate: str) -> None:
    """VAL-08"""
    got = loads(f'["{surrogate}",{text}]')
    assert isinstance(got, list)
    # Past what an int is here they may differ in kind, since both become a float later.
    assert float(str(got[1])) == float(number)


class Place(Leaf):
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def _filler(seen: list[str], what: Expression = "*") -> Callable[[Leaf], Expression]:
    def fill(leaf: Leaf) -> Expression:
        assert isinstance(leaf, Place)
        seen.append(leaf.name)
        return what

    return fill


@pytest.mark.parametrize("more", ["", "\ud800"], ids=["orjson", "json"])
def test_leaves_are_filled_once_in_order(more: str) -> None:
    seen: list[str] = []
    tree: Expression = [Place("a"), {"x": Place("b"), "y": more}, [[Place("c")]]]
    assert json.loads(dumps(tree, _filler(seen))) == ["*", {"x": "*", "y": more}, [["*"]]]
    assert seen == ["a", "b", "c"]


@pytest.mark.parametrize("more", ["", "\ud800"], ids=["orjson", "json"])
def test_what_fills_a_leaf_may_hold_leaves(more: str) -> None:
    inner: Expression = [Place("inner"), more]

    def fill(leaf: Leaf) -> Expression:
        assert isinstance(leaf, Place)
        return inner if leaf.name == "outer" else "*"

    assert json.loads(dumps({"a": Place("outer")}, fill)) == {"a": ["*", more]}


@pytest.mark.parametrize("more", ["", "\ud800"], ids=["orjson", "json"])
def test_what_filling_raises_passes_through(more: str) -> None:
    def fill(leaf: Leaf) -> Expression:
        raise CallError("full")

    with pytest.raises(CallError, match=r"^full$"):
        dumps([more, Place("a")], fill)
