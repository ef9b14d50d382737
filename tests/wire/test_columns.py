"""Arrays of many like values are taken by columns: what comes of it is as if one by one."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capnweb_runtime.errors import EncodeError, ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.columns import MANY
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Leaf
from tests import strategies
from tests.notation import same
from tests.wire.codec import decode, encode

#: Where nothing is out of the ordinary.
_cells = (
    st.none()
    | st.booleans()
    | strategies.texts
    | strategies.safe_integers
    | st.floats(allow_nan=False, allow_infinity=False)
    | strategies.datetimes
)
_few = st.recursive(
    _cells,
    lambda cells: st.lists(cells, max_size=3) | st.dictionaries(strategies.keys, cells, max_size=3),
    max_leaves=4,
)
_members = {
    "texts": strategies.texts,
    "numbers": strategies.safe_integers,
    "dates": strategies.datetimes,
    "optional": st.none() | strategies.datetimes,
    "tags": st.lists(strategies.texts | strategies.datetimes, max_size=3),
    "pairs": st.tuples(strategies.safe_integers, st.floats(allow_nan=False, allow_infinity=False)),
    "lines": st.lists(st.fixed_dictionaries({"a": _cells, "b": strategies.texts}), max_size=3),
    "part": st.fixed_dictionaries({"width": st.floats(0, 1), "of": st.fixed_dictionaries({})}),
    "any": _few,
}
_rows = st.sets(st.sampled_from(sorted(_members))).flatmap(
    lambda names: st.fixed_dictionaries({name: _members[name] for name in names})
)


def _tables(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Many of few different ones: what Hypothesis draws one by one would be too much for it."""
    several = st.lists(rows, min_size=1, max_size=4)
    return several.flatmap(
        lambda drawn: st.lists(st.sampled_from(drawn), min_size=MANY, max_size=MANY + 8)
    )


_tables_of_like_rows = _rows.flatmap(
    lambda row: _tables(
        st.fixed_dictionaries({name: _members[name] for name in row}) | st.just(row)
    )
)


def one_by_one(values: list[Any]) -> str:
    """The text of an array, each of whose elements was encoded by itself."""
    return f"[[{','.join(map(encode, values))}]]"


def respelled(text: str) -> str:
    """JSON in one way of writing it.

    A string with a lone surrogate has its message written by the standard library, which escapes
    more than orjson does: by rows, only that one row.
    """
    return json.dumps(json.loads(text))


@given(_tables_of_like_rows | _tables(_rows) | _tables(st.lists(_cells, max_size=4)))
@example([["\ud800"], *[["\x7f"]] * MANY])
def test_tables_are_sent_as_their_rows_are(table: list[Any]) -> None:
    assert respelled(encode(table)) == respelled(one_by_one(table))


@given(_tables_of_like_rows | _tables(_rows) | _tables(st.lists(_cells, max_size=4)))
def test_tables_arrive_as_their_rows_do(table: list[Any]) -> None:
    rows = [encode(row) for row in table]
    assert same(decode(f"[[{','.join(rows)}]]"), [decode(row) for row in rows])


@given(_tables(strategies.values))
@example([{"a": 2**53}] * MANY)
@example([{"a": float("nan")}] * MANY)
@example([{"a": [1, [2, [3]]]}] * MANY)
@example([{"a": datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=-3)))}] * MANY)
def test_values_of_all_kinds_among_them(table: list[Any]) -> None:
    wire = encode(table)
    assert respelled(wire) == respelled(one_by_one(table))
    assert same(decode(wire), [decode(encode(each)) for each in table])


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ({"a": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"a": {"b": object()}}, "object cannot be sent"),
        ({"toJSON": 1}, "drop a member of this name"),
        ({1: 2}, "a key must be a str"),
        ({"a": {"__proto__": 1}}, "drop a member of this name"),
    ],
)
@pytest.mark.parametrize("among", [{"a": None}, {"a": {"b": 1}}, {"a": datetime.now(UTC)}])
@pytest.mark.parametrize("at", [0, 7, MANY])
def test_what_cannot_be_sent_is_told_by_its_place(bad: Any, what: str, among: Any, at: int) -> None:
    table = [among] * (MANY + 1)
    table[at] = bad
    with pytest.raises(EncodeError, match=what) as caught:
        encode({"table": table})
    assert f"table[{at}]" in str(caught.value)


class _Text(str):
    __slots__ = ()


def test_names_of_other_types_are_no_names() -> None:
    table: list[Any] = [{"a": 1}] * MANY
    with pytest.raises(EncodeError, match="a key must be a str"):
        encode([*table, {_Text("a"): 1}])


def test_leaves_are_met_in_the_order_of_the_text() -> None:
    class Numbered(Leaf):
        pass

    leaves = [Numbered() for _ in range(3 * MANY)]
    table = [
        {"a": leaves[at], "b": [leaves[at + 1]], "c": {"d": leaves[at + 2]}}
        for at in range(0, 3 * MANY, 3)
    ]
    encoder = Encoder(lambda value: value, 64)
    encoder.encode(table)
    assert encoder.leaves == leaves


@pytest.mark.parametrize("within", ["list", "dict"])
def test_an_array_within_itself(within: str) -> None:
    """Twice, so that it would double with each level."""
    array: list[Any] = []
    array += [array, array] * MANY if within == "list" else [{"a": array, "b": array}] * MANY
    with pytest.raises(EncodeError, match="nested deeper than 256 levels"):
        encode(array)


@pytest.mark.parametrize("cell", [1, [1], {"b": 1}, [], {}, [[1]], {"b": {}}])
@pytest.mark.parametrize("depth", range(1, 6))
def test_depth(cell: Any, depth: int) -> None:
    """Exactly as deep as one by one, in both directions."""
    table = [{"a": cell}] * MANY
    wire = encode(table)
    few, some = table[:1], encode(table[:1])
    assert outcome(lambda: encode(table, depth)) == outcome(lambda: encode(few, depth))
    limits = Limits(depth=depth)
    assert outcome(lambda: decode(wire, limits)) == outcome(lambda: decode(some, limits))


def outcome(attempt: Any) -> str:
    try:
        attempt()
    except (EncodeError, ProtocolError) as error:
        return str(error)
    return "done"


@pytest.mark.parametrize(
    "cell",
    [
        [],
        ["date"],
        ["date", "soon"],
        ["date", None],
        ["date", 1e300],
        ["date", 1, 2],
        ["date", 8.5],
        ["nothing", 1],
        ["bigint", "7"],
        ["undefined"],
        ["inf"],
        [[1], 2],
        [[], []],
        [[["date", 1]]],
        [[[["date", 1]]]],
        [["date", 1]],
        ["import", 0],
        2**53,
        -(2**53),
        {"toJSON": 1, "b": ["date", 5]},
        {"b": ["date", 5], "c": [[["date", 6], None]]},
    ],
)
@pytest.mark.parametrize("among", [None, ["date", 1], [[1]], {"b": 1}])
def test_expressions_of_all_kinds_among_them(cell: Any, among: Any) -> None:
    """Also what is malformed: it ends the session in the same words."""
    rows = [{"a": each} for each in [*[among] * MANY, cell]]
    assert arrived([rows]) == (
        arrived(rows[-1]) if isinstance(arrived(rows[-1]), str) else [arrived(row) for row in rows]
    )


def arrived(expression: Any) -> Any:
    try:
        return decode(json.dumps(expression))
    except ProtocolError as error:
        return str(error)


def test_a_table_is_copied_when_it_is_encoded() -> None:
    table = [{"tags": ["a"], "part": {"n": 1}, "pair": [1, 2]} for _ in range(MANY)]
    encoder = Encoder(lambda value: value, 64)
    tree = encoder.encode(table)
    before = json.dumps(tree)
    for row in table:
        row["tags"].append("b")  # type: ignore[attr-defined]
        row["part"]["n"] = 2  # type: ignore[index]
        row["more"] = []
    table.clear()
    assert json.dumps(tree) == before
