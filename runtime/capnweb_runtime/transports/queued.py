"""What transports have in common that read and write in tasks of their own.

What can be written at once is, joined. The rest of what is sent goes into a queue, which one task
empties as fast as the peer takes it; another reads. Both end with the connection.

A peer that asks for more than it takes is held back: while much waits to be written to it, its
messages are read but not handed on. They are always read. Were they not, two such ends that hold
each other back would both wait for ever, neither would see the other's pings and pongs, and the
end of the connection would go unnoticed. What is held is bounded; past that it is handed on after
all, and it is for the session to end when too much waits.
"""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Awaitable
from typing import ClassVar, Final

from typing_extensions import override

from capnweb_runtime.transports.base import CLOSE_NORMAL, NO_CLOSE, Close, Receiver, Transport

__all__ = [
    "CLOSE_TIMEOUT",
    "FEW",
    "HOLD_ABOVE",
    "HOLD_AT_MOST",
    "OVERHEAD",
    "QueuedTransport",
    "next_turn",
]

#: Seconds that a peer has to take what was sent, and to answer the close frame.
CLOSE_TIMEOUT: Final = 10.0

#: Characters that wait to be written above which the peer's messages are held back. A fast network
#: is kept busy for some milliseconds by so much, in which more is made.
HOLD_ABOVE: Final = 4 * 1024 * 1024

#: Characters of messages that are held back at most: as much again, some ten thousand calls.
HOLD_AT_MOST: Final = 4 * 1024 * 1024

#: What a message takes besides its characters.
OVERHEAD: Final = 64

#: Messages that are handed on in one turn of the event loop, after which everybody else on it has
#: one, and the answers are seen to wait: few while these are large, more and more while they are
#: not. (Always few, a burst of small calls would take a tenth longer.)
FEW: Final = 8
_MANY: Final = 256

#: Characters that wait to be written when the answers are large.
_LARGE: Final = 256 * 1024


def next_turn(at_once: int, unsent: int) -> int:
    """Messages that are handed on in a turn after one of `at_once`; `unsent` wait to be written."""
    return FEW if unsent > _LARGE else min(2 * at_once, _MANY)


class QueuedTransport(Transport):
    """A transport over something that is read and written by coroutines, which it takes."""

    #: What those raise when the connection is gone.
    gone: ClassVar[tuple[type[Exception], ...]]

    def __init__(self) -> None:
        self._queue: list[str | bytes] = []
        self._unsent = 0
        self._received = 0  # messages, so far
        self._written = 0  # the same
        self._writing = False  # what was taken from the queue
        self._something = asyncio.Event()
        self._closing: Close | None = None
        self._fault = ""  # why this side gave it up: what then happens tells less
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._came: list[str | bytes] = []  # in this turn
        self._held: deque[str | bytes] = deque()
        self._held_size = 0
        self._letting_in: asyncio.Task[None] | None = None
        self._room = asyncio.Event()

    # No coroutines, but functions that give an awaitable: theirs, without another frame around it.

    @abstractmethod
    def read_message(self) -> Awaitable[str | bytes]:
        """Wait for the next message; raises what stands in `gone`."""

    @abstractmethod
    def write_message(self, message: str | bytes) -> Awaitable[None]:
        """Write a message, when there is room; raises what stands in `gone`."""

    def write_at_once(self, messages: list[str | bytes], begin: int) -> int:  # noqa: ARG002
        """Write some of the messages from index `begin` on, without waiting and without raising.

        Returns:
            How many; 0 if the next one has to wait, or is for `write_message` for another reason.
        """
        return 0

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
        for task in self._tasks:
            task.add_done_callback(self._done)

    def _done(self, _: asyncio.Task[None]) -> None:
        """One of the two has ended; the other may not notice that there is no more to do."""
        if not all(task.done() for task in self._tasks[:2]):
            self._set_deadline()
        elif self._deadline is not None:
            self._deadline.cancel()

    def _set_deadline(self) -> None:
        # A peer that does not read, or does not close its side, must not keep the connection, and
        # with it the session, for ever.
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.abort)

    @override
    def send(self, messages: list[str | bytes]) -> None:
        if not self._queue and not self._writing and self._closing is None:
            # Not by the task, which would be woken for it: calls one after the other are a ninth
            # cheaper for that (700 000 instructions each, not 787 000).
            begin = 0
            while begin < len(messages):
                count = self.write_at_once(messages, begin)
                if not count:
                    break
                begin += count
            self._written += begin
            if begin == len(messages):
                return
            messages = messages[begin:]
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
            self._set_deadline()

    @override
    async def wait_closed(self) -> None:
        # `wait` and not `gather`: who stops waiting does not stop the transport.
        while running := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(running)

    def stop(self) -> None:
        """End both tasks where they are: for an `abort` of what cannot be aborted itself."""
        for task in self._tasks:
            task.cancel()

    async def _read(self, receiver: Receiver) -> None:
        loop = asyncio.get_running_loop()
        reason, close = "the connection was given up", NO_CLOSE
        left, at_once = FEW, FEW
        try:
            while True:
                message = await self.read_message()
                self._received += 1
                if self._held or self._unsent > HOLD_ABOVE:
                    self._hold(message, receiver)
                else:
                    if not self._came:  # in the next turn, with those that come in this one
                        loop.call_soon(self._hand_on, receiver)
                    self._came.append(message)
                left -= 1
                if left == 0:
                    await asyncio.sleep(0)
                    left = at_once = next_turn(at_once, self._unsent)
        except self.gone as error:
            reason, close = self.explain(error)
        finally:
            self._hand_on(receiver)
            while self._held and self._closing is None:
                receiver.received([self._held.popleft()])
            self._held.clear()
            self._room.set()
            # A peer that is gone leaves nothing to write; the writer may be waiting for it.
            self._closing = self._closing or Close(CLOSE_NORMAL)
            self._queue.clear()
            self._something.set()
            receiver.lost(*((self._fault, NO_CLOSE) if self._fault else (reason, close)))

    def _hand_on(self, receiver: Receiver) -> None:
        messages, self._came = self._came, []
        if messages and self._closing is None:  # else only the close frame is of interest
            receiver.received(messages)

    def _hold(self, message: str | bytes, receiver: Receiver) -> None:
        """Keep a message until there is room for the answer, or for no more of them."""
        if self._letting_in is None:
            self._letting_in = asyncio.get_running_loop().create_task(self._let_in(receiver))
            self._tasks.append(self._letting_in)
        self._held.append(message)
        self._held_size += len(message) + OVERHEAD
        if self._held_size > HOLD_AT_MOST:
            self._room.set()

    async def _let_in(self, receiver: Receiver) -> None:
        while self._held:
            if self._unsent > HOLD_ABOVE and self._held_size <= HOLD_AT_MOST:
                self._room.clear()
                await self._room.wait()
                continue
            message = self._held.popleft()
            self._held_size -= len(message) + OVERHEAD
            if self._closing is None:
                receiver.received([message])
            await asyncio.sleep(0)
        if self._letting_in is not None:
            self._tasks.remove(self._letting_in)
            self._letting_in = None

    async def _write(self) -> None:
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._queue:
                    messages, self._queue = self._queue, []
                    self._writing = True
                    await self._write_all(messages)
                    self._writing = False
                if self._closing is not None:
                    await self.finish(self._closing)
                    return
        except self.gone:
            pass  # the reader says so

    async def _write_all(self, messages: list[str | bytes]) -> None:
        begin = 0
        while begin < len(messages):
            count = self.write_at_once(messages, begin)
            if not count:
                await self.write_message(messages[begin])
                count = 1
            end = begin + count
            self._unsent -= sum(map(len, messages[begin:end]))
            self._written += count
            if self._held and self._unsent <= HOLD_ABOVE:
                self._room.set()
            begin = end
