"""Which web pages may connect.

A browser lets any page open a WebSocket to any server, with the user's cookies and from within the
user's network, and only tells the server in `Origin` whose page it is (RFC 6455, section 10.2). So
a server has to look. Programs other than browsers send no such header.
"""

from collections.abc import Collection
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

__all__ = ["AllowedOrigins", "Origins"]

#: Origins whose pages may connect, as ``"https://app.example.com"``, or ``"*"`` for every page.
AllowedOrigins: TypeAlias = Collection[str] | Literal["*"]


class Origins:
    """Decides by the `Origin` header of a request."""

    def __init__(self, allowed: AllowedOrigins) -> None:
        """Besides those allowed, pages of the server's own host may connect.

        Raises:
            ValueError: for what is no origin.
        """
        self._any = allowed == "*"
        if isinstance(allowed, str) and not self._any:
            raise ValueError(f'origins must be a list, or "*" for all; not {allowed!r}')
        self._allowed = frozenset() if self._any else frozenset(map(_checked, allowed))

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Whether a request may be served.

        Args:
            origin: its `Origin` header, None if it has none: then it is not from a web page.
            host: its `Host` header, with the port if that is not the scheme's own.
        """
        if origin is None or self._any or origin.lower() in self._allowed:
            return True
        # Of the page's scheme nothing is said in `Host`, and a proxy in front may end TLS.
        return bool(host) and _netloc(origin) == str(host).lower()


def _checked(origin: str) -> str:
    if origin != "null" and (not _netloc(origin) or origin.count("/") != 2):
        raise ValueError(
            f"an origin is a scheme and a host, like 'https://app.example.com', not {origin!r}"
        )
    return origin.lower()


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
