"""Messages as lines over asyncio's streams: pipes, child processes, Unix and TCP sockets.

A message is one line of UTF-8, ended by a newline: JSON text holds none itself. Both ends of such a
connection trust each other to be there; there is no handshake, and nothing but the end of the
stream says that the other side has closed. Empty lines are passed over.
"""

import asyncio
from contextlib import suppress
from typing import Final

from typing_extensions import override

from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.transports.base import BYTES_PER_CHARACTER, Receiver, Transport

__all__ = ["LineTransport"]

#: Bytes that are read at once.
_CHUNK: Final = 256 * 1024

#: Seconds that a peer has to take what was sent, and to close its side.
_CLOSE_TIMEOUT: Final = 10.0


class LineTransport(Transport):
    """Moves messages over a pair of streams, such as `asyncio.open_unix_connection` gives."""

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
        self._reader = reader
        self._writer = writer
        self._reading = reading
        self._longest = BYTES_PER_CHARACTER * message_size
        self._line = bytearray()
        self._queue: list[str] = []
        self._unsent = 0
        self._something = asyncio.Event()
        self._closing = False
        self._fault = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @override
    def start(self, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read(receiver)), loop.create_task(self._write())]

    @override
    def send(self, messages: list[str]) -> None:
        self._queue += messages
        self._unsent += sum(map(len, messages))
        self._something.set()

    @property
    @override
    def unsent(self) -> int:
        return self._unsent

    @override
    def close(self, code: int, reason: str) -> None:
        """Close, after what was sent is written. The code and reason are not sent anywhere."""
        if not self._closing:
            self._closing = True
            self._something.set()
            # A peer that does not read, or does not close its side, must not keep it for ever.
            self._deadline = asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT, self.abort)

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
        if self._tasks:  # `wait` and not `gather`: who stops waiting does not stop the transport
            await asyncio.wait(self._tasks)

    async def end_reason(self, reason: str) -> str:
        """Why nothing arrives any more; for subclasses, which may know better."""
        return reason

    # ---------------------------------------------------------------- reading

    async def _read(self, receiver: Receiver) -> None:
        reason = "the connection was given up"
        try:
            while chunk := await self._reader.read(_CHUNK):
                if not self._closing:
                    self._take(chunk, receiver)
            within = " within a message" if self._line else ""
            reason = await self.end_reason(f"the peer closed the connection{within}")
        except OSError as error:
            reason = await self.end_reason(f"the connection failed: {error}")
        except asyncio.CancelledError:  # by `abort`
            pass
        finally:
            # A peer that is gone leaves nothing to write; the writer may be waiting for it.
            self._closing = True
            self._queue.clear()
            self._line.clear()
            self._something.set()
            if self._deadline is not None:
                self._deadline.cancel()
            if self._reading is not None:
                self._reading.close()
            receiver.lost(self._fault or reason)

    def _take(self, chunk: bytes, receiver: Receiver) -> None:
        first, *others = chunk.split(b"\n")
        self._line += first
        for other in others:
            self._deliver(receiver)
            self._line += other
        if len(self._line) > self._longest:
            self._deliver(receiver)  # longer than any message may be: the session says so and ends

    def _deliver(self, receiver: Receiver) -> None:
        line = bytes(self._line)
        self._line.clear()
        if self._closing or not line.strip():
            return
        try:
            message: str | bytes = line.decode()
        except UnicodeDecodeError:
            message = line  # which the session refuses
        receiver.received(message)

    # ---------------------------------------------------------------- writing

    async def _write(self) -> None:
        try:
            while not (self._closing and not self._queue):
                await self._something.wait()
                self._something.clear()
                await self._write_queue()
        except OSError as error:
            # The reader may not notice: a pipe for each way can break on one side alone.
            self._fault = self._fault or await self.end_reason(f"the peer does not read: {error}")
            self.abort()
        finally:
            self._writer.close()
        with suppress(OSError):  # the other end was faster
            await self._writer.wait_closed()

    async def _write_queue(self) -> None:
        while self._queue:
            messages, self._queue = self._queue, []
            self._writer.write(("\n".join(messages) + "\n").encode())
            await self._writer.drain()
            self._unsent -= sum(map(len, messages))
