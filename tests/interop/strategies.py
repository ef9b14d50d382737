"""Values that a session can send to JavaScript, and get back, for property tests."""

from array import array
from typing import Any

from hypothesis import strategies as st

from capnweb_runtime import URL, ArrayBuffer, DataView, Headers, Request, Response
from capnweb_runtime.errors import remote_error
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.typed_arrays import Uint8ClampedArray
from tests import strategies

__all__ = ["for_javascript"]

# ------------------------------------------------------------------------ containers of bytes

_KINDS = st.sampled_from([bytes, ArrayBuffer, DataView, Uint8ClampedArray])

byte_containers: st.SearchStrategy[Any] = st.builds(
    lambda kind, data: kind(data), _KINDS, st.binary(max_size=20)
)

_SIZES = {"b": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}


def _integers(typecode: str) -> st.SearchStrategy[Any]:
    bits = 8 * _SIZES[typecode]
    least, most = (0, 2**bits - 1) if typecode.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    elements = st.integers(least, most - 1)
    return st.lists(elements, max_size=6).map(lambda items: array(typecode, items))


#: Elements that are no numbers have more than one form, of which a peer may choose.
typed_arrays: st.SearchStrategy[Any] = st.one_of(
    *map(_integers, _SIZES),
    st.lists(st.floats(width=32, allow_nan=False), max_size=6).map(lambda items: array("f", items)),
    st.lists(st.floats(allow_nan=False), max_size=6).map(lambda items: array("d", items)),
)

# ---------------------------------------------------------------------------------- Fetch

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=8)
_LATIN = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S"]), max_size=12)

#: What a request may not say of itself is dropped by some and refused by others. Made twice, as if
#: they had been sent: two empty values of one name are `", "` at first, and `","` then.
headers = st.lists(st.tuples(_NAMES, _LATIN), max_size=4).map(Headers).map(Headers)

urls = st.builds(
    lambda scheme, host, path, query: f"{scheme}://{host}/{path}?{query}",
    st.sampled_from(["http", "https", "ws", "ftp", "x-own"]),
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,5}){1,2}", fullmatch=True),
    st.text("abcXYZ019-_~/%. äß日", max_size=10),
    st.text("abc=&+#'\"<> é", max_size=10),
).map(URL)

_TOKENS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "own"])

#: Without bodies: those come back as streams.
requests: st.SearchStrategy[Any] = st.builds(
    Request,
    st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z/]{0,8}", fullmatch=True),
    method=_TOKENS,
    headers=headers,
    cache=st.sampled_from(["default", "no-store", "reload", "no-cache", "force-cache"]),
    credentials=st.sampled_from(["same-origin", "omit", "include"]),
    integrity=st.just("") | _NAMES,
    keepalive=st.booleans(),
    mode=st.sampled_from(["cors", "same-origin"]),
    redirect=st.sampled_from(["follow", "error", "manual"]),
    referrer_policy=st.sampled_from(["", "origin", "no-referrer", "unsafe-url"]),
)

responses: st.SearchStrategy[Any] = st.builds(
    Response,
    status=st.integers(200, 599),
    status_text=_LATIN,
    headers=headers,
)

# ---------------------------------------------------------------------------------- errors

#: Names that JavaScript keeps; any other arrives as Error.
_ERROR_NAMES = st.sampled_from(
    ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]
)

_PROPERTY_NAMES = strategies.keys.filter(
    lambda key: key not in {"name", "message", "stack", "cause", "errors"}
)


def _errors(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(_PROPERTY_NAMES, items, max_size=3)
    caused = st.tuples(properties, items).map(lambda both: {**both[0], "cause": both[1]})
    plain = st.builds(remote_error, _ERROR_NAMES, strategies.texts, properties | caused)
    several = st.builds(
        lambda message, errors, more: remote_error(
            "AggregateError", message, {**more, "errors": errors}
        ),
        *(strategies.texts, st.lists(plain, max_size=3), properties),
    )
    return plain | several


# ---------------------------------------------------------------------------------- together

#: Milliseconds from the first date of JavaScript to the last.
_DATES = st.integers(-8_640_000_000_000_000, 8_640_000_000_000_000)

_scalars: st.SearchStrategy[Any] = st.one_of(
    strategies.scalars,
    _DATES.map(FarDate),
    byte_containers,
    typed_arrays,
    headers,
    urls,
    requests,
    responses,
)


def _containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(items, max_size=5),
        st.lists(items, max_size=3).map(tuple),
        st.dictionaries(strategies.keys, items, max_size=5),
        _errors(items),
    )


#: Anything that can go to JavaScript and come back, streams and capabilities apart.
for_javascript: st.SearchStrategy[Any] = st.recursive(_scalars, _containers, max_leaves=20)
