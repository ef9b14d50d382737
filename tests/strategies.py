"""Values and texts for property tests."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.expressions import RESERVED_KEYS
from capnweb_runtime.wire.json_text import dumps
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER, BigInt

#: Any characters, lone surrogates included.
texts = st.text(st.characters() | st.sampled_from("\ud800\udbff\udc00\udfff"), max_size=20)

keys = texts.filter(lambda key: key not in RESERVED_KEYS)

_offsets = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)

#: Points in time of the last two centuries and a half, whose microseconds a double can hold.
datetimes = st.datetimes(
    min_value=datetime(1840, 1, 1),  # noqa: DTZ001 (hypothesis wants the bounds so)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=_offsets | st.just(UTC),
)

#: Of all of Python's years, up to its very ends.
all_datetimes = st.datetimes(timezones=st.just(UTC))

far_dates = st.builds(
    FarDate,
    st.none()
    | st.integers(253_402_300_800_000, 8_640_000_000_000_000)
    | st.integers(-8_640_000_000_000_000, -62_135_596_800_001),
)

safe_integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    safe_integers,
    st.integers(),
    st.integers(0, 6000).map(lambda exponent: 10**exponent - 1),
    st.integers().map(BigInt),
    st.floats(),
    texts,
    st.binary(max_size=40),
    datetimes,
    far_dates,
)


def _containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(items, max_size=5),
        st.lists(items, max_size=3).map(tuple),
        st.dictionaries(keys, items, max_size=5),
    )


#: Anything that can be sent without a session.
values: st.SearchStrategy[Any] = st.recursive(scalars, _containers, max_leaves=25)

_TAGS = (
    *("undefined", "inf", "-inf", "nan", "bigint", "date", "bytes", "error"),
    *("import", "export", "pipeline", "promise", "remap", "stream", "url", "headers", ""),
)

_bad_scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(_TAGS),
    st.sampled_from(sorted(RESERVED_KEYS)),
    st.text(" +-0123456789abcdefxXon_.", max_size=8),
)


def _bad_containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(items, max_size=4),
        st.lists(items, max_size=4).map(lambda inner: [inner]),
        st.tuples(st.sampled_from(_TAGS), st.lists(items, max_size=4)).map(
            lambda parts: [parts[0], *parts[1]]
        ),
        st.dictionaries(texts | st.sampled_from(sorted(RESERVED_KEYS)), items, max_size=4),
    )


#: JSON that is often nearly an expression, and seldom one.
nearly_expressions: st.SearchStrategy[Any] = st.recursive(
    _bad_scalars, _bad_containers, max_leaves=20
)


_ids = st.integers(-4, 6) | st.sampled_from((0, 0, 0, -1, 1))

_names = st.sampled_from(
    (
        *("hello", "echo", "count", "kind", "call", "user", "mk", "pair", "later", "now", "never"),
        *("fail", "keep", "tell", "drop", "gone", "list", "text", "bad", "increment", "value"),
        *("friends", "id", "again", "own", "toString", "x", ""),
    )
)

_paths = st.lists(_names | st.integers(-1, 3), max_size=3)


def _expressions(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(items, max_size=3).map(lambda inner: [inner]),
        st.dictionaries(_names, items, max_size=3),
        st.tuples(
            st.sampled_from(("pipeline", "pipeline", "import")),
            _ids,
            _paths,
            st.lists(items, max_size=3),
        ).map(list),
        st.tuples(st.sampled_from(("pipeline", "import")), _ids, _paths).map(list),
        st.tuples(st.sampled_from(("pipeline", "import", "export", "promise")), _ids).map(list),
    )


#: Expressions about what a session with the object of tests/core/api.py might hold.
expressions: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.sampled_from((None, 1, "x", ["undefined"], ["error", "E", "m"])),
        st.tuples(st.sampled_from(("export", "promise")), st.integers(-4, -1)).map(list),
        st.tuples(
            st.just("pipeline"), st.just(0), _names.map(lambda name: [name]), st.just([])
        ).map(list),
    ),
    _expressions,
    max_leaves=6,
)

#: Messages, valid in form, about ids that are there as often as not.
frames: st.SearchStrategy[Any] = st.one_of(
    *[st.tuples(st.just("push"), expressions)] * 4,
    st.tuples(st.just("pull"), _ids),
    st.tuples(st.just("release"), _ids, st.sampled_from((1, 1, 1, 0, 2))),
    st.tuples(st.sampled_from(("resolve", "reject")), _ids, expressions),
    st.just(("abort", "x")),
).map(list)


def _no_leaf(leaf: object) -> Any:
    raise AssertionError(leaf)


def _cut(parts: tuple[Any, int, str]) -> str:
    tree, position, inserted = parts
    whole = dumps(tree, _no_leaf)
    position %= len(whole) + 1
    return whole[:position] + inserted + whole[position + len(inserted) :]


#: Texts, from any at all to JSON with a scratch.
messages: st.SearchStrategy[str] = st.one_of(
    texts,
    st.text('[]{}",:0123456789.eE+- \\untrfalsbd', max_size=60),
    st.tuples(nearly_expressions, st.integers(min_value=0), st.text(max_size=2)).map(_cut),
    nearly_expressions.map(lambda tree: dumps(tree, _no_leaf)),
)
