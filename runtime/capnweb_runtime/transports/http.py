"""What an HTTP request and its response are here, whoever reads and writes them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "HttpHandler",
    "HttpHeaders",
    "HttpRequest",
    "HttpResponse",
    "RequestHead",
    "headers_of",
]

#: Names in lower case, and values, in order.
HttpHeaders = list[tuple[str, str]]


class RequestHead(NamedTuple):
    """What a server knows of who has come. All of it is what the other side says of itself.

    Attributes:
        path: with the query, as it was sent.
        headers: by names in lower case; those that were sent several times are joined by commas.
        address: of the other end of the connection, perhaps a proxy; empty over a Unix socket.
    """

    path: str
    headers: Mapping[str, str]
    address: str


def headers_of(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by name (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return MappingProxyType(headers)


class HttpRequest(NamedTuple):
    """A request, all of it.

    Attributes:
        method: in upper case, for example ``"POST"``.
        head: path, headers, and where it came from.
        body: its bytes; may be empty.
    """

    method: str
    head: RequestHead
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response, all of it. Content length, date and connection are added by whoever writes it."""

    status: int
    headers: HttpHeaders
    body: bytes = b""


#: Answers requests. Not to raise anything.
HttpHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]
