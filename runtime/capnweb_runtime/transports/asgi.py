"""A WebSocket connection of an ASGI server as a transport (ASGI, WebSocket message format 2.5)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from typing_extensions import override

from capnweb_runtime.transports.base import CLOSE_LOST, NO_CLOSE, Close
from capnweb_runtime.transports.closing import close_reason
from capnweb_runtime.transports.http import RequestHead, headers_of
from capnweb_runtime.transports.queued import QueuedTransport

__all__ = ["AsgiTransport", "Message", "Receive", "Scope", "Send", "head_of"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class _DisconnectedError(Exception):
    """The server says that the connection is gone."""

    def __init__(self, close: Close) -> None:
        super().__init__(close)
        self.close = close


class AsgiTransport(QueuedTransport):
    """Moves messages over a connection that has been accepted."""

    # Servers raise an OSError where something is sent over a connection that is gone.
    gone = (_DisconnectedError, OSError)

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__()
        self._receive = receive
        self._send_event = send

    @override
    async def read_message(self) -> str | bytes:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            close = Close(event.get("code", CLOSE_LOST), event.get("reason") or "")
            raise _DisconnectedError(close)
        text: str | None = event.get("text")
        data: bytes = event.get("bytes") or b""
        return data if text is None else text

    @override
    async def write_message(self, message: str | bytes) -> None:
        await self._send_event({"type": "websocket.send", "text": message})

    @override
    async def finish(self, close: Close) -> None:
        reason = close_reason(close.reason)
        await self._send_event({"type": "websocket.close", "code": close.code, "reason": reason})

    @override
    def abort(self) -> None:
        self.stop()  # the server closes the connection when the application has returned

    @override
    def explain(self, error: Exception) -> tuple[str, Close]:
        close = error.close if isinstance(error, _DisconnectedError) else NO_CLOSE
        return f"the connection was closed: {close.code} {close.reason}".rstrip(), close


def head_of(scope: Scope) -> RequestHead:
    """The head of the request that a connection began with."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    query: bytes = scope.get("query_string") or b""
    path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    client = scope.get("client")
    return RequestHead(
        f"{path}?{query.decode('latin-1')}" if query else path,
        headers_of((name.decode("latin-1"), text.decode("latin-1")) for name, text in headers),
        client[0] if client else "",
    )
