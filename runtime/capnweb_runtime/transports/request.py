"""The head of the HTTP request by which a connection was made."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["RequestHead", "headers_of"]


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
