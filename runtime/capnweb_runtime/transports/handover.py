"""Connections that the `websockets` library opens, and whose frames something else reads.

The opening handshake has to be all that the library reads: bytes that it has begun to take for a
frame are gone. So it is given what comes up to the end of the request or response, and what follows
is kept for whoever takes the connection over. If there is no handshake, it is given all the same.
"""

from abc import abstractmethod
from typing import Any, Final

from typing_extensions import override
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode
from websockets.protocol import State

__all__ = ["OpenedClient", "OpenedConnection", "OpenedServer"]

_END: Final = b"\r\n\r\n"

#: Bytes that are kept until somebody takes them; no more are read then.
_KEPT: Final = 64 * 1024


class OpenedConnection(Connection):
    """One that hands over what it has not read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last = b""  # bytes of the head, which may be the beginning of its end
        self._rest: bytearray | None = None  # what came after it
        self._handed_over = False

    @override
    def data_received(self, data: bytes) -> None:
        if self._rest is None:
            before = len(self._last)
            seen = self._last + data
            end = seen.find(_END) + len(_END) - before
            if end < len(_END) - before:  # not found
                self._last = seen[-len(_END) + 1 :]
                super().data_received(data)
                return
            self._rest = bytearray()
            super().data_received(data[:end])
            data = data[end:]
        if self._refuses():
            super().data_received(data)
            return
        self._rest += data
        if len(self._rest) > _KEPT:
            self.transport.pause_reading()

    @abstractmethod
    def _refuses(self) -> bool:
        """Whether the head was not that of a handshake, and what follows is the library's."""

    def hand_over(self) -> bytes:
        """Somebody else has the connection now, and closes it; gives what came after the handshake.

        The library has an open connection from now on of which it will hear no more.
        """
        self._handed_over = True
        self.protocol.parser.close()  # they refer to each other
        rest, self._rest = bytes(self._rest or b""), None
        return rest

    @override
    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        if not self._handed_over:
            await super().close(code, reason)


class OpenedClient(OpenedConnection, ClientConnection):
    """The end of a client."""

    @override
    def _refuses(self) -> bool:
        return self.protocol.state is not State.OPEN  # a response with another status has a body


class OpenedServer(OpenedConnection, ServerConnection):
    """The end of a server."""

    @override
    def _refuses(self) -> bool:
        return self.protocol.handshake_exc is not None  # whether it is accepted is decided later
