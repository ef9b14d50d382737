"""A server of HTTP requests on a real socket, and raw connections to it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from capnweb_runtime.transports.http import HttpHandler, HttpRequest, HttpResponse
from capnweb_runtime.transports.http_server import HttpConnection, HttpLimits

__all__ = ["HttpSite", "RawHttp", "http_site", "on_site"]

LIMITS = HttpLimits(body_size=1000, head_size=2000)


class RawHttp:
    """A client that sends what it likes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ours: HttpConnection
    ) -> None:
        self.reader = reader
        self.writer = writer
        #: The server's end.
        self.ours = ours

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next response."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        return status, headers, await self.reader.readexactly(int(headers.get("content-length", 0)))

    async def closed(self) -> bytes:
        """Wait until the server closes; gives what it has sent until then."""
        rest = b""
        with contextlib.suppress(ConnectionError):
            rest = await self.reader.read()
        await self.close()
        await self.ours.wait_closed()
        return rest

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class HttpSite:
    """The server.

    Attributes:
        requests: what was handled.
        faults: what was reported to the event loop.
    """

    def __init__(self, handler: HttpHandler, limits: HttpLimits) -> None:
        self.requests: list[HttpRequest] = []
        self.faults: list[dict[str, Any]] = []
        self.port = 0
        self.scheme = "http"
        self._handler = handler
        self._limits = limits
        self._connections: list[HttpConnection] = []
        self._accepted: asyncio.Queue[HttpConnection] = asyncio.Queue()
        self._raws: list[RawHttp] = []

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    async def raw(self) -> RawHttp:
        """One more connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._raws.append(RawHttp(reader, writer, await self._accepted.get()))
        return self._raws[-1]

    async def answers(self) -> None:
        """Somebody else is served as ever."""
        raw = await self.raw()
        await raw.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")
        status, _, body = await raw.response()
        assert (status, body) == (200, b"ok")
        await raw.close()
        await raw.ours.wait_closed()

    def accept(self) -> HttpConnection:
        """The server's end of one more connection."""
        made = self.connection()
        self._accepted.put_nowait(made)
        return made

    def connection(self) -> HttpConnection:
        """A protocol that answers as the server does."""
        made = HttpConnection(self._handle, self._limits)
        self._connections.append(made)
        return made

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return await self._handler(request)

    async def check_closed(self) -> None:
        for raw in self._raws:
            await raw.close()
        for connection in self._connections:
            await connection.wait_closed()


async def echo(request: HttpRequest) -> HttpResponse:
    """Answers the body."""
    return HttpResponse(200, [("x-method", request.method)], request.body)


@asynccontextmanager
async def http_site(
    handler: HttpHandler = echo,
    limits: HttpLimits = LIMITS,
    tls: ssl.SSLContext | None = None,
    **changed: Any,
) -> AsyncIterator[HttpSite]:
    """A server; when the block is left it has to serve others still, and to leave nothing."""
    before = asyncio.all_tasks()
    site = HttpSite(handler, replace(limits, **changed))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: site.faults.append(context))
    server = await loop.create_server(site.accept, "127.0.0.1", 0, ssl=tls)
    site.scheme = "http" if tls is None else "https"
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
        if handler is echo:
            await site.answers()
        await site.check_closed()
    finally:
        server.close()
        await server.wait_closed()
    assert asyncio.all_tasks() == before, "a task is left"


def on_site(
    **options: Any,
) -> Callable[[Callable[[HttpSite], Coroutine[Any, Any, None]]], Callable[[], None]]:
    """A test of a site, on which nothing may go wrong unseen."""

    def decorate(test: Callable[[HttpSite], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        async def run() -> None:
            async with http_site(**options) as site:
                await test(site)
            assert site.faults == []

        def synchronous() -> None:
            asyncio.run(run())

        synchronous.__name__ = test.__name__
        synchronous.__doc__ = test.__doc__
        return synchronous

    return decorate
