"""What the Fetch and URL standards allow: checks and normal forms (see fetch.py).

Each function takes what a caller or peer gave, of whatever type, and returns it in its normal form.

Raises:
    ValueError: for what the standards do not allow; types that are wrong are no exception.
"""

import re
from typing import Final, Literal, TypeAlias, TypeVar, cast, get_args

from pydantic_core import Url

from capnweb_runtime.errors import excerpt

__all__ = [
    "Cache",
    "Credentials",
    "Mode",
    "Redirect",
    "ReferrerPolicy",
    "header_name",
    "header_value",
    "method_name",
    "one_of",
    "parse_url",
    "reason_phrase",
    "status_code",
    "string",
]

Cache: TypeAlias = Literal[
    "default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"
]
Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
Mode: TypeAlias = Literal["same-origin", "no-cors", "cors"]
Redirect: TypeAlias = Literal["follow", "error", "manual"]
ReferrerPolicy: TypeAlias = Literal[
    "",
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
_BLANKS: Final = "\t\n\r "
_NO_VALUE: Final = re.compile("[\0\r\n]|[^\0-\xff]")  # in the value of a header
_REASON: Final = re.compile("[\t\x20-\x7e\x80-\xff]*")  # RFC 9112, section 4
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NORMALIZED: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_FORBIDDEN: Final = frozenset({"CONNECT", "TRACE", "TRACK"})

T = TypeVar("T")


def parse_url(href: object) -> Url:
    """An absolute URL."""
    # pydantic's URLs are those of the Rust crate `url`, an implementation of the same standard. It
    # knows no lone surrogates, which JavaScript replaces.
    if isinstance(href, str):
        try:
            return Url(href if href.isascii() else _LONE_SURROGATE.sub("\ufffd", href))
        except ValueError:
            pass
    raise ValueError(f"no absolute URL: {excerpt(href)}")


def method_name(method: object) -> str:
    """A method, in capitals if it is one of the usual ones."""
    if not isinstance(method, str) or not _TOKEN.fullmatch(method):
        raise ValueError(f"no HTTP method: {excerpt(method)}")
    upper = method.upper()
    if upper in _FORBIDDEN:
        raise ValueError(f"the method {upper} is not allowed")
    return upper if upper in _NORMALIZED else str(method)


def status_code(status: object) -> int:
    """A status that a response can have."""
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError(f"a status must be a number from 200 to 599, not {excerpt(status)}")
    return int(status)


def reason_phrase(text: object) -> str:
    """The text that goes with a status."""
    if not isinstance(text, str) or not _REASON.fullmatch(text):
        raise ValueError(f"no reason phrase: {excerpt(text)}")
    return str(text)


def string(text: object) -> str:
    """Any text."""
    if not isinstance(text, str):
        raise ValueError(f"no text: {excerpt(text)}")  # noqa: TRY004 (as everything here)
    return str(text)


def header_name(name: object) -> str:
    """The name of a header, in lower case."""
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ValueError(f"no name of a header: {excerpt(name)}")
    return name.lower()


def header_value(value: object) -> str:
    """The value of a header, without blanks around it."""
    stripped = value.strip(_BLANKS) if isinstance(value, str) else None
    if stripped is None or _NO_VALUE.search(stripped):
        raise ValueError(f"no value of a header: {excerpt(value)}")
    return stripped


def one_of(value: T, values: object) -> T:
    """One of the values of a `Literal`."""
    allowed = cast("tuple[object, ...]", get_args(values))
    if not any(type(value) is type(each) and value == each for each in allowed):
        raise ValueError(f"{excerpt(value)} is none of {', '.join(map(repr, allowed))}")
    return value
