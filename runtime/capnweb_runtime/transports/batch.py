"""HTTP batches (protocol: HTTP batch): all messages of one side, one a line, then the other's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Final

from typing_extensions import override

from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.transports.base import CLOSE_ABORT, Receiver, Transport

__all__ = ["BatchClientTransport", "BatchServerTransport", "Exchange", "join_lines", "split_lines"]

#: Sends a body and gives the body of the answer. Raises a `BrokenError` if there is none.
Exchange = Callable[[bytes], Awaitable[bytes]]

#: Messages that are received before everybody else on the event loop has a turn: a batch may have
#: hundreds of thousands of them.
_MESSAGES_A_TURN: Final = 100


def join_lines(messages: list[str]) -> bytes:
    """The body that holds these messages."""
    return "\n".join(messages).encode()


def split_lines(body: bytes) -> Iterator[str]:
    """The messages of a body, one at a time. An empty body holds none.

    One line end after the last message does no harm: tools and people put it there. (The reference
    takes it for an empty message, which is malformed.)

    Raises:
        ProtocolError: if it is no UTF-8.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"a batch is UTF-8, and this is not: {error.reason}") from None
    # Not `split`: 32 MB of line ends would become a list of 256 MB.
    position, length = 0, len(text) - text.endswith("\n")
    while length:
        end = text.find("\n", position, length)
        if end < 0:
            yield text[position:length]
            return
        yield text[position:end]
        position = end + 1


class _BatchTransport(Transport):
    """What both ends have in common: what is sent is kept until all of it is there."""

    def __init__(self) -> None:
        self._receiver: Receiver | None = None
        self._messages: list[str] = []
        self._unsent = 0
        self._complete = False
        self._closed = asyncio.Event()

    @override
    def start(self, receiver: Receiver) -> None:
        self._receiver = receiver

    @override
    def send(self, messages: list[str]) -> None:
        """Add messages; those that come after the batch are dropped, there is no way for them."""
        if not self._complete:
            self._messages += messages
            self._unsent += sum(map(len, messages)) + len(messages)

    @property
    @override
    def unsent(self) -> int:
        return self._unsent

    @override
    def close(self, code: int, reason: str) -> None:
        """The session is over; what has not been taken never will be."""
        self._closed.set()
        self._complete = True
        self._messages.clear()
        self._unsent = 0

    @override
    def abort(self) -> None:
        self.close(CLOSE_ABORT, "")

    @override
    async def wait_closed(self) -> None:
        await self._closed.wait()

    def _take(self) -> bytes:
        """The body of all that was sent; nothing can be added any more."""
        self._complete = True
        messages, self._messages = self._messages, []
        self._unsent = 0
        return join_lines(messages)

    async def _deliver(self, body: bytes) -> None:
        """Have the messages of a body received, while the transport is open.

        Raises:
            ProtocolError: if it is no UTF-8.
        """
        assert self._receiver is not None
        messages = split_lines(body)
        while some := list(islice(messages, _MESSAGES_A_TURN)):
            if self._closed.is_set():
                return
            self._receiver.received(some)
            if len(some) == _MESSAGES_A_TURN:
                await asyncio.sleep(0)


class BatchClientTransport(_BatchTransport):
    """The end that makes the request."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    async def make_request(self) -> None:
        """Send everything, and have the answer received. Once.

        Raises:
            ProtocolError: if the answer is no batch.
            BrokenError: what the exchange raises.
        """
        await self._deliver(await self._exchange(self._take()))


class BatchServerTransport(_BatchTransport):
    """The end that is given a request, and asked for the answer."""

    async def receive_request(self, body: bytes) -> None:
        """Have the messages of a request received.

        Raises:
            ProtocolError: if it is no batch.
        """
        await self._deliver(body)

    def take_answer(self) -> bytes:
        """The body of the answer: all that was sent until now."""
        return self._take()
