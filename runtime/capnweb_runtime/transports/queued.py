"""What transports have in common that read and write in tasks of their own.

What is sent goes into a queue, which one task empties as fast as the peer takes it; another reads.
Both end with the connection.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable
from typing import ClassVar, Final

from typing_extensions import override

from capnweb_runtime.transports.base import CLOSE_NORMAL, NO_CLOSE, Close, Receiver, Transport

__all__ = ["QueuedTransport"]

#: Seconds that a peer has to take what was sent, and to answer the close frame.
_CLOSE_TIMEOUT: Final = 10.0


class QueuedTransport(Transport):
    """A transport over something that is read and written by coroutines, which it takes."""

    #: What those raise when the connection is gone.
    gone: ClassVar[tuple[type[Exception], ...]]

    def __init__(self) -> None:
        self._queue: list[str | bytes] = []
        self._unsent = 0
        self._something = asyncio.Event()
        self._closing: Close | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # No coroutines, but functions that give an awaitable: theirs, without another frame around it.

    @abstractmethod
    def read_message(self) -> Awaitable[str | bytes]:
        """Wait for the next message; raises what stands in `gone`."""

    @abstractmethod
    def write_message(self, message: str | bytes) -> Awaitable[None]:
        """Write a message, when there is room; raises what stands in `gone`."""

    @abstractmethod
    def finish(self, close: Close) -> Awaitable[None]:
        """Close the connection, now that all is written; raises what stands in `gone`."""

    @abstractmethod
    def explain(self, error: Exception) -> tuple[str, Close]:
        """What happened, for people and in WebSocket's terms, by what was raised."""

    @override
    def start(self, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read(receiver)), loop.create_task(self._write())]

    @override
    def send(self, messages: list[str | bytes]) -> None:
        self._queue += messages
        self._unsent += sum(map(len, messages))
        self._something.set()

    @property
    @override
    def unsent(self) -> int:
        return self._unsent

    @override
    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = Close(code, reason)
            self._something.set()
            # A peer that does not read must not keep the writer, and with it the session, for ever.
            self._deadline = asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT, self.abort)

    @override
    async def wait_closed(self) -> None:
        if self._tasks:  # `wait` and not `gather`: who stops waiting does not stop the transport
            await asyncio.wait(self._tasks)

    def stop(self) -> None:
        """End both tasks where they are: for an `abort` of what cannot be aborted itself."""
        for task in self._tasks:
            task.cancel()

    async def _read(self, receiver: Receiver) -> None:
        reason, close = "the connection was given up", NO_CLOSE
        try:
            while True:
                message = await self.read_message()
                if self._closing is None:  # else only the close frame is of interest
                    receiver.received(message)
        except self.gone as error:
            reason, close = self.explain(error)
        finally:
            # A peer that is gone leaves nothing to write; the writer may be waiting for it.
            self._closing = self._closing or Close(CLOSE_NORMAL)
            self._queue.clear()
            self._something.set()
            if self._deadline is not None:
                self._deadline.cancel()
            receiver.lost(reason, close)

    async def _write(self) -> None:
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._queue:
                    messages, self._queue = self._queue, []
                    for message in messages:
                        await self.write_message(message)
                        self._unsent -= len(message)
                if self._closing is not None:
                    await self.finish(self._closing)
                    return
        except self.gone:
            pass  # the reader says so
