"""`URL`, `Headers`, `Request`, `Response`: what JavaScript's objects of these names say (Fetch).

They are values, and no client or server. They check what those objects check (WHATWG: URL, Fetch),
so that whatever can be made here can be made at the peer. They are frozen, but a body that is a
stream can be read once.
"""

import json
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import Final, Literal, NoReturn, TypeAlias, cast

from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from capnweb_runtime.errors import excerpt
from capnweb_runtime.wire.expressions import Leaf
from capnweb_runtime.wire.fetch_rules import (
    Cache,
    Credentials,
    Mode,
    Redirect,
    ReferrerPolicy,
    header_name,
    header_value,
    method_name,
    one_of,
    parse_url,
    reason_phrase,
    status_code,
    string,
)

__all__ = ["URL", "Body", "Headers", "Request", "Response", "assign"]

#: What a request or response carries. Text and bytes travel within a message, a stream beside it.
Body: TypeAlias = str | bytes | AsyncIterable[bytes] | None

#: What headers can be made of.
HeadersInit: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

#: Bytes that `read` takes of a stream unless it is told otherwise: as many as one message may have.
READ_LIMIT: Final = 32 * 1024 * 1024

_NO_BODY: Final = frozenset({204, 205, 304})

#: The referrer that a request has unless it is told otherwise.
CLIENT: Final = "about:client"


class _Declarable:
    """What pydantic needs to let these be declared: an instance is valid, and nothing else."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object, /) -> CoreSchema:
        return core_schema.is_instance_schema(cls)


class _Frozen(_Declarable):
    """A value that consists of its slots.

    No dataclass, since pydantic would make a dict of one when a model with it is dumped.
    """

    __slots__: tuple[str, ...] = ()

    def _state(self) -> tuple[object, ...]:
        return tuple(cast("object", getattr(self, name)) for name in self.__slots__)

    @override
    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._state() == other._state()

    @override
    def __hash__(self) -> int:
        return hash(self._state())

    @override
    def __repr__(self) -> str:
        members = zip(self.__slots__, self._state(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in members)})"

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} is frozen")

    def __setstate__(self, state: tuple[None, dict[str, object]]) -> None:
        assign(self, **state[1])


def assign(value: _Frozen, **members: object) -> None:
    """Set attributes of what is frozen otherwise: for its constructor, and its body's arrival."""
    for name, member in members.items():
        object.__setattr__(value, name, member)


class URL(_Frozen):
    """An absolute URL, normalized as JavaScript does it.

    Attributes:
        href: the whole of it. `urllib.parse.urlsplit` takes it apart.

    Raises:
        ValueError: for what is no absolute URL.
    """

    __slots__ = ("href",)

    href: str

    def __init__(self, href: str, /) -> None:
        assign(self, href=str(parse_url(href)))

    @override
    def __str__(self) -> str:
        return self.href


class Headers(Mapping[str, str], _Declarable):
    """The headers of a request or response.

    A mapping in which names are found in any case. They are kept in lower case and sorted, several
    values of one name combined into one, ``"a, b"``.

    Attributes:
        pairs: the headers as JavaScript iterates over them, and as they are sent: only of
            ``set-cookie`` there can be several, since those cannot be combined.

    Raises:
        ValueError: for a name or value that HTTP does not allow.
    """

    __slots__ = ("_values", "pairs")

    pairs: tuple[tuple[str, str], ...]

    def __init__(self, init: HeadersInit = (), /) -> None:
        """From a mapping, pairs, or other headers; of a name that comes twice both values count."""
        given: Iterable[tuple[str, str]]
        if isinstance(init, Headers):
            given = init.pairs
        elif isinstance(init, Mapping):
            given = init.items()
        else:
            given = init
        values: dict[str, list[str]] = {}
        for name, value in given:
            values.setdefault(header_name(name), []).append(header_value(value))
        self._values = {name: ", ".join(values[name]) for name in sorted(values)}
        self.pairs = tuple(
            (name, each)
            for name, combined in self._values.items()
            for each in (values[name] if name == "set-cookie" else (combined,))
        )

    @override
    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    @override
    def __len__(self) -> int:
        return len(self._values)

    def get_all(self, name: str) -> tuple[str, ...]:
        """All values of a header: any number for ``set-cookie``, one at most for any other."""
        return tuple(value for key, value in self.pairs if key == name.lower())

    @override
    def __eq__(self, other: object) -> bool:
        return self.pairs == other.pairs if isinstance(other, Headers) else NotImplemented

    @override
    def __hash__(self) -> int:
        return hash(self.pairs)

    @override
    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)})"


class _Message(_Frozen):
    """What requests and responses have in common."""

    __slots__ = ()

    body: Body

    async def read(self, limit: int = READ_LIMIT) -> bytes:
        """The whole body; of a stream all that comes, once.

        Raises:
            ValueError: if a stream is longer than `limit` bytes.
            TypeError: if it is no stream of bytes.
            RemoteError, StreamError, BrokenError: if it does not end well.
        """
        body = self.body
        if body is None or isinstance(body, bytes):
            return body or b""
        if isinstance(body, str):
            return body.encode(errors="replace")
        pieces = bytearray()
        async for piece in body:
            if not isinstance(piece, bytes):
                raise TypeError(f"a body consists of bytes, not of {type(piece).__name__}")
            pieces += piece
            if len(pieces) > limit:
                raise ValueError(f"the body is longer than {limit} bytes")
        return bytes(pieces)

    async def text(self, limit: int = READ_LIMIT) -> str:
        """The whole body as text, which it is taken to be in UTF-8. As `read`."""
        return (await self.read(limit)).decode(errors="replace")

    async def json(self, limit: int = READ_LIMIT) -> object:
        """The value of a body that is JSON. As `read`.

        Raises:
            ValueError: if it is none.
        """
        return cast("object", json.loads(await self.read(limit)))


class Request(_Message):
    """A request, as JavaScript's `Request` describes it.

    Attributes:
        url: absolute and normalized.
        method: in capitals, if it is one of the usual ones.
        headers: its headers; text as a body adds a ``content-type`` if there is none.
        body: None, text, bytes, or a stream of bytes.
        cache, credentials, integrity, keepalive, mode, redirect, referrer, referrer_policy: as in
            Fetch; they mean something to browsers.

    Raises:
        ValueError: for what JavaScript would refuse.
    """

    __slots__ = (
        "body",
        "cache",
        "credentials",
        "headers",
        "integrity",
        "keepalive",
        "method",
        "mode",
        "redirect",
        "referrer",
        "referrer_policy",
        "url",
    )

    url: str
    method: str
    headers: Headers
    body: Body
    cache: Cache
    credentials: Credentials
    integrity: str
    keepalive: bool
    mode: Mode
    redirect: Redirect
    referrer: str
    referrer_policy: ReferrerPolicy

    def __init__(
        self,
        url: str | URL,
        *,
        method: str = "GET",
        headers: HeadersInit = (),
        body: Body = None,
        cache: Cache = "default",
        credentials: Credentials = "same-origin",
        integrity: str = "",
        keepalive: bool = False,
        mode: Mode = "cors",
        redirect: Redirect = "follow",
        referrer: str = CLIENT,
        referrer_policy: ReferrerPolicy = "",
    ) -> None:
        parsed = parse_url(url.href if isinstance(url, URL) else url)
        if parsed.username or parsed.password:
            raise ValueError("the URL of a request must not hold a user name or password")
        method = method_name(method)
        if mode == "no-cors" and method not in {"GET", "HEAD", "POST"}:
            raise ValueError(f"a request of mode no-cors cannot have the method {method}")
        if cache == "only-if-cached" and mode != "same-origin":
            raise ValueError("a request that is only-if-cached must have the mode same-origin")
        if body is not None and method in {"GET", "HEAD"}:
            raise ValueError(f"a {method} request has no body")
        if referrer not in ("", CLIENT):  # of any type, so not hashed
            referrer = str(parse_url(referrer))
        body = _body(body)
        assign(
            self,
            url=str(parsed),
            method=method,
            headers=_with_type(Headers(headers), body),
            body=body,
            cache=one_of(cache, Cache),
            credentials=one_of(credentials, Credentials),
            integrity=string(integrity),
            keepalive=one_of(keepalive, Literal[False, True]),
            mode=one_of(mode, Mode),
            redirect=one_of(redirect, Redirect),
            referrer=referrer,
            referrer_policy=one_of(referrer_policy, ReferrerPolicy),
        )


class Response(_Message):
    """A response, as JavaScript's `Response` describes it.

    Attributes:
        body: None, text, bytes, or a stream of bytes.
        status: 200 to 599.
        status_text: the reason phrase.
        headers: its headers; text as a body adds a ``content-type`` if there is none.

    Raises:
        ValueError: for what JavaScript would refuse.
    """

    __slots__ = ("body", "headers", "status", "status_text")

    body: Body
    status: int
    status_text: str
    headers: Headers

    def __init__(
        self,
        body: Body = None,
        *,
        status: int = 200,
        status_text: str = "",
        headers: HeadersInit = (),
    ) -> None:
        status = status_code(status)
        if body is not None and status in _NO_BODY:
            raise ValueError(f"a response of status {status} has no body")
        body = _body(body)
        assign(
            self,
            body=body,
            status=status,
            status_text=reason_phrase(status_text),
            headers=_with_type(Headers(headers), body),
        )


def _body(body: Body) -> Body:
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    # A leaf is a stream that the decoder has still to put in its place.
    if body is None or isinstance(body, str | AsyncIterable | Leaf):
        return body
    raise ValueError(f"no body: {excerpt(body)}")


def _with_type(headers: Headers, body: Body) -> Headers:
    if not isinstance(body, str) or "content-type" in headers:
        return headers
    return Headers([*headers.pairs, ("content-type", "text/plain;charset=UTF-8")])
