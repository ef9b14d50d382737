"""Messages as lines over asyncio's streams: pipes, child processes, Unix and TCP sockets.

A message is one line of UTF-8, ended by a newline: JSON text holds none itself. Both ends of such a
connection trust each other to be there; there is no handshake, and nothing but the end of the
stream says that the other side has closed. Empty lines are passed over.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, cast

from typing_extensions import override

from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.transports.base import BYTES_PER_CHARACTER, NO_CLOSE, Close
from capnweb_runtime.transports.queued import QueuedTransport

__all__ = ["LineTransport"]

#: Bytes that are read at once.
_CHUNK: Final = 256 * 1024


class _EndedError(Exception):
    """Nothing will arrive any more, for the reason in its text."""


class LineTransport(QueuedTransport):
    """Moves messages over a pair of streams, such as `asyncio.open_unix_connection` gives.

    The code and reason with which it is closed are not sent anywhere.
    """

    gone = (_EndedError, OSError)

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        reading: asyncio.BaseTransport | None = None,
        message_size: int = DEFAULT_LIMITS.message_size,
    ) -> None:
        """Takes the streams: it closes them.

        Args:
            reader: where messages come from. Its own limit does not matter.
            writer: where they go.
            reading: what `reader` is fed by, if it is not what `writer` writes to; taken, too.
            message_size: characters of one message. Past four times so many bytes without a
                newline nothing more is read; let it be no less than `Limits.message_size`, so that
                the session tells the peer what is wrong.
        """
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._reading = reading
        self._longest = BYTES_PER_CHARACTER * message_size
        self._line = bytearray()
        self._lines: deque[str | bytes] = deque()

    async def end_reason(self, reason: str) -> str:
        """Why nothing arrives any more; for subclasses, which may know better."""
        return reason

    @override
    def abort(self) -> None:
        writing = self._writer.transport
        # A pipe's transport that is closed, by whomever, would raise.
        if not writing.is_closing() or writing.get_write_buffer_size():
            writing.abort()
        if self._reading is not None:
            self._reading.close()
        for task in self._tasks[:1]:  # the reader; what it feeds on may not say that it is over
            task.cancel()

    @override
    async def wait_closed(self) -> None:
        await super().wait_closed()
        with suppress(OSError):  # the other end was faster
            await self._writer.wait_closed()

    # ---------------------------------------------------------------- reading

    @override
    async def read_message(self) -> str | bytes:
        while not self._lines:
            try:
                chunk = await self._reader.read(_CHUNK)
            except OSError as error:
                raise await self._ended(f"the connection failed: {error}") from error
            if not chunk:
                within = " within a message" if self._line else ""
                raise await self._ended(f"the peer closed the connection{within}")
            self._take(chunk)
        return self._lines.popleft()

    async def _ended(self, reason: str) -> _EndedError:
        if self._reading is not None:
            self._reading.close()
        return _EndedError(await self.end_reason(reason))

    @override
    def explain(self, error: Exception) -> tuple[str, Close]:
        return str(error), NO_CLOSE

    def _take(self, chunk: bytes) -> None:
        first, *others = chunk.split(b"\n")
        self._line += first
        for other in others:
            self._end_line()
            self._line += other
        if len(self._line) > self._longest:
            self._end_line()  # longer than any message may be: the session says so and ends

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if not line.strip():
            return
        try:
            self._lines.append(line.decode())
        except UnicodeDecodeError:
            self._lines.append(line)  # which the session refuses

    # ---------------------------------------------------------------- writing

    @override
    def send(self, messages: list[str | bytes]) -> None:
        """Send messages, all that are given at once in one piece."""
        super().send(["\n".join([*cast("list[str]", messages), ""])])

    @override
    async def write_message(self, message: str | bytes) -> None:
        """Write lines, each with its end."""
        try:
            self._writer.write(cast("str", message).encode())
            await self._writer.drain()
        except OSError as error:
            # The reader may not notice: a pipe for each way can break on one side alone.
            self._fault = self._fault or await self.end_reason(f"the peer does not read: {error}")
            self.abort()
            raise

    @override
    async def finish(self, close: Close) -> None:
        self._writer.close()
        await self._writer.wait_closed()
