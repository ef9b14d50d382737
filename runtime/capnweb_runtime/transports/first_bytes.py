"""One port for WebSocket and for other HTTP requests: the first bytes tell which it is.

A WebSocket connection begins with a GET (RFC 6455, section 4.1), and the `websockets` library reads
nothing else; it answers other GETs itself.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from typing_extensions import override
from websockets.asyncio.server import ServerConnection

__all__ = ["FirstBytes"]

_GET: Final = b"GET "


class _TakesOver(Protocol):
    def take_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """Serve a transport of which `data` has been read."""


class FirstBytes(asyncio.Protocol):
    """A connection that has not said yet what it is.

    Attributes:
        protocol: of the connection that it may become; the `websockets` library looks for it.
    """

    def __init__(
        self, websocket: ServerConnection, http: Callable[[], _TakesOver], patience: float | None
    ) -> None:
        """What goes on with it is one of two.

        Args:
            websocket: serves it if it begins with a GET.
            http: makes what serves it if it does not.
            patience: seconds in which it has to say something.
        """
        self.protocol = websocket.protocol
        self._websocket = websocket
        self._http = http
        self._patience = patience
        self._data = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._aborted = False

    def abort(self) -> None:
        """Drop the connection, now or when it is there, unless something else serves it already."""
        self._aborted = True
        if self._transport is not None and self._transport.get_protocol() is self:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._aborted:
            self._transport.abort()
        elif self._patience is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._patience, self._transport.abort)

    @override
    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._data += data
        if len(self._data) < len(_GET) and _GET.startswith(self._data):
            return
        self._stop_timer()
        if self._data.startswith(_GET):
            self._transport.set_protocol(self._websocket)
            self._websocket.connection_made(self._transport)
            self._websocket.data_received(self._data)
        else:
            self._http().take_over(self._transport, self._data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
