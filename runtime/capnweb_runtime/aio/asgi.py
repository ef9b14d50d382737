"""Serving under an ASGI server: uvicorn, hypercorn, and what they run (FastAPI, Starlette)."""

import asyncio
from collections.abc import Coroutine, Sequence
from http import HTTPStatus
from typing import Any, Generic, Unpack, overload

from typing_extensions import TypeVar

from capnweb_runtime.aio.batch_http import BatchHandler
from capnweb_runtime.aio.hosting import (
    Factory,
    Hosting,
    HostOptions,
    NotHostedError,
    ServerStats,
)
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.checks import check_names
from capnweb_runtime.transports.asgi import AsgiTransport, Receive, Scope, Send, head_of
from capnweb_runtime.transports.http import HttpRequest, HttpResponse

__all__ = ["AsgiApp", "AsgiOptions", "asgi_app"]

S = TypeVar("S", bound=Stub, default=DynamicStub)


class AsgiOptions(HostOptions, SessionOptions, total=False):
    """Options of `asgi_app`: those of each session, of its hosting, and these.

    Keys:
        subprotocols: those of WebSocket that are supported, the preferred one first.
    """

    subprotocols: Sequence[str] | None


class AsgiApp(Generic[S]):
    """An ASGI application; see `asgi_app`."""

    def __init__(self, hosting: Hosting[S], options: AsgiOptions) -> None:
        self._hosting = hosting
        self._subprotocols = options.get("subprotocols") or ()
        self._batches = BatchHandler(hosting)
        self._takes_batches = options.get("batches", True)

    @property
    def sessions(self) -> frozenset[Session[S]]:
        """The sessions that are open now."""
        return frozenset(self._hosting.sessions)

    def stats(self) -> ServerStats:
        """How much there is to do now, and has been."""
        return self._hosting.stats()

    async def aclose(self, grace: float | None = None) -> None:
        """End all sessions with close code 1001, and wait until they are closed.

        Where the application is not the outermost one and the server therefore does not tell it of
        the end, this is to be called by the one that is.

        Args:
            grace: seconds that calls under way have to be answered before; None for the option.
        """
        await self._hosting.aclose(grace)
        await self._batches.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection or request, as the ASGI server asks."""
        kind = scope["type"]
        if kind == "websocket":
            await self._websocket(scope, receive, send)
        elif kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)
        else:
            raise RuntimeError(f"an ASGI connection of type {kind!r} cannot be served")

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        head = head_of(scope)
        refusal = self._hosting.refusal(head)
        if refusal is not None:
            await _refuse(scope, send, *refusal)
            return
        offered: list[str] = scope.get("subprotocols") or []
        subprotocol = next((each for each in self._subprotocols if each in offered), None)
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        try:
            await self._hosting.host(AsgiTransport(receive, send), head)
        except NotHostedError as refused:
            await send({"type": "websocket.close", "code": refused.code})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive, self._batches.size)
        if body is None:
            return  # the client has gone
        if self._takes_batches:
            request = HttpRequest(scope["method"], head_of(scope), body)
            answer = await _unless_gone(self._batches(request), receive)
            if answer is None:
                return
            response = answer
        else:
            text = b"This endpoint only accepts WebSocket connections."
            response = HttpResponse(426, [("upgrade", "websocket")], text)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
        if response.status != HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.shutdown":
                await self.aclose()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The body of a request; of one that is too large more than `limit`, but not all."""
    body = bytearray()
    while len(body) <= limit:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body") or b""
        if not event.get("more_body"):
            break
    return bytes(body)


async def _unless_gone(
    answering: Coroutine[Any, Any, HttpResponse], receive: Receive
) -> HttpResponse | None:
    """The answer, or None if the client goes before it is there: what makes it is cancelled."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    answer, going = asyncio.ensure_future(answering), asyncio.ensure_future(gone())
    try:
        await asyncio.wait((answer, going), return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None
    finally:
        answer.cancel()
        going.cancel()
        await asyncio.wait((answer, going))


async def _refuse(scope: Scope, send: Send, status: HTTPStatus, text: str) -> None:
    """Answer the opening request of a WebSocket connection with something else."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})  # the server makes 403 of it
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    start = {"type": "websocket.http.response.start", "status": int(status), "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": text.encode()})


@overload
def asgi_app(
    factory: Factory[DynamicStub], **options: Unpack[AsgiOptions]
) -> AsgiApp[DynamicStub]: ...
@overload
def asgi_app(
    factory: Factory[S], *, stub: type[S], **options: Unpack[AsgiOptions]
) -> AsgiApp[S]: ...
def asgi_app(
    factory: Factory[Any], *, stub: type[Any] = DynamicStub, **options: Unpack[AsgiOptions]
) -> AsgiApp[Any]:
    """Serve objects under an ASGI server (npm package: newWorkersRpcResponse).

    ```python
    app = asgi_app(ApiServer)  # uvicorn module:app
    ```

    Or as one of the routes of a Starlette or FastAPI application:

    ```python
    web.mount("/rpc", asgi_app(ApiServer))  # at /rpc/
    ```

    Args:
        factory: as for `serve`: makes the main object of each session.
        stub: as for `serve`: the class of the peers' main objects.
        options: see `SessionOptions`, `HostOptions` and `AsgiOptions`. What concerns connections
            (TLS, pings, sizes of messages) is the server's affair.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
    """
    hosting = Hosting(factory, stub, options, Options.among(options, AsgiOptions))
    check_names(options.get("subprotocols"), "subprotocols")
    return AsgiApp(hosting, options)
