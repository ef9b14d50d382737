"""What an HTTP request and its response are here, whoever reads and writes them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

__all__ = ["HttpHandler", "HttpHeaders", "HttpRequest", "HttpResponse"]

#: Names in lower case, and values, in order.
HttpHeaders = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, all of it.

    Attributes:
        method: in upper case, for example ``"POST"``.
        target: what stands in the request line, for example ``"/api?x=1"``.
        headers: names in lower case, and values.
        body: its bytes; may be empty.
    """

    method: str
    target: str
    headers: HttpHeaders
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, the first one if there are several; `name` in lower case."""
        return next((value for each, value in self.headers if each == name), None)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response, all of it. Content length, date and connection are added by whoever writes it."""

    status: int
    headers: HttpHeaders
    body: bytes = b""


#: Answers requests. Not to raise anything.
HttpHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]
