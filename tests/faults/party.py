"""A conversation of two ends that are alike: each serves, and each has a script that calls.

Every call carries a number, which its handler notes; each end has one call under way from the first
message to the last. What a script got from each step is noted too, whatever it was, and a script
always runs to its end: after a fault its further steps have to fail as well.
"""

import asyncio
import collections
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import capnweb_runtime as rpc

__all__ = ["RESULTS", "Party", "Thing"]

#: A character of two bytes, in most messages.
TEXT = "über"

#: Larger than one piece of a blob: it is sent in two.
BLOB = rpc.Blob(bytes(range(256)) * 300, "text/plain")


class Thing(rpc.Target):
    """An object that is returned, and has to be told when nobody refers to it."""

    def __init__(self, party: "Party") -> None:
        self._party = party
        party.alive += 1

    def child(self, number: int) -> "Thing":
        with self._party.serving(number):
            return Thing(self._party)

    async def name(self, number: int) -> str:
        with self._party.serving(number):
            await asyncio.sleep(0)
            return TEXT

    def __exit__(self, *exc: object) -> None:
        self._party.alive -= 1


class Party(rpc.Target):
    """The main object of one end, and its script.

    Attributes:
        calls: how often the call of each number has arrived.
        running: handlers that have begun and not ended.
        alive: objects handed out, this one among them, that were not told that nobody has them.
        outcomes: what each step of the script gave: its value, or why there is none.
        script: the script, once it runs.
    """

    def __init__(self) -> None:
        self.calls: collections.Counter[int] = collections.Counter()
        self.running = 0
        self.alive = 1
        self.outcomes: dict[str, object] = {}
        self.script: asyncio.Task[None] | None = None
        self.peer: Any = None
        self._gate = asyncio.Event()

    def __exit__(self, *exc: object) -> None:
        self.alive -= 1

    @contextlib.contextmanager
    def serving(self, number: int) -> Iterator[None]:
        """Around what a handler does."""
        self.calls[number] += 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    # ---- what the other end may call

    async def wait(self, number: int) -> str:
        """Answers when `open` is called."""
        with self.serving(number):
            await self._gate.wait()
            return TEXT

    def open(self, number: int) -> None:
        with self.serving(number):
            self._gate.set()

    def make(self, number: int) -> Thing:
        with self.serving(number):
            return Thing(self)

    async def ask(self, number: int, callback: Any, thing: Any) -> object:
        with self.serving(number):
            return [await callback(TEXT), await thing.name(number + 1)]

    async def count(self, number: int, end: int) -> AsyncIterator[object]:
        with self.serving(number):
            for each in range(end):
                await asyncio.sleep(0)
                yield [each, TEXT]

    async def collect(self, number: int, stream: AsyncIterator[object]) -> list[object]:
        with self.serving(number):
            return [chunk async for chunk in stream]

    def items(self, number: int) -> list[int]:
        with self.serving(number):
            return [10, 20]

    async def double(self, number: int, item: int) -> int:
        with self.serving(number + item):
            await asyncio.sleep(0)
            return 2 * item

    async def size(self, number: int, blob: rpc.Blob) -> int:
        with self.serving(number):
            return len(blob.data)

    async def fail(self, number: int) -> None:
        with self.serving(number):
            raise ValueError(TEXT)

    async def turn(self, number: int) -> None:
        """Runs the script of this end, which goes on by itself if the call is cancelled."""
        with self.serving(number):
            self.script = asyncio.create_task(self.converse())
            await asyncio.shield(self.script)

    # ---- the script

    def begin(self, peer: Any) -> asyncio.Task[None]:
        """Take a stub of the other end, and make the call that waits for the end."""
        self.peer = peer
        return asyncio.create_task(self._step("wait", lambda: peer.wait(1)))

    async def converse(self, *, and_the_other: bool = False) -> None:
        """Run all steps, one after the other."""
        for name, step in STEPS.items():
            await self._step(name, functools.partial(step, self.peer))
        if and_the_other:
            await self._step("turn", lambda: self.peer.turn(90))
        await self._step("open", lambda: self.peer.open(91))

    async def _step(self, name: str, step: Callable[[], Awaitable[object]]) -> None:
        try:
            self.outcomes[name] = await step()
        except BaseException as error:
            self.outcomes[name] = error.with_traceback(None)
            if isinstance(error, asyncio.CancelledError):
                raise


async def _pipelined(peer: Any) -> object:
    with peer.make(10) as first, first.child(11) as second:
        return await asyncio.gather(first.name(12), second.name(13))


async def _held(peer: Any) -> object:
    thing = await peer.make(20)
    with thing:
        return await thing.name(21)


async def _callback(peer: Any) -> object:
    heard: list[object] = []

    async def callback(text: str) -> str:
        heard.append(text)
        await asyncio.sleep(0)
        return text.upper()

    with peer.make(30) as thing:
        return [*await peer.ask(31, callback, thing), len(heard)]


async def _stream(peer: Any) -> object:
    async with await peer.count(40, 2) as stream:
        return [chunk async for chunk in stream]


async def _stream_up(peer: Any) -> object:
    async def chunks() -> AsyncIterator[str]:
        for _ in range(2):
            await asyncio.sleep(0)
            yield TEXT

    return await peer.collect(50, chunks())


async def _map(peer: Any) -> object:
    with peer.items(60) as items, items.map(lambda item: peer.double(61, item)) as doubled:
        return await doubled


async def _blob(peer: Any) -> object:
    return await peer.size(70, BLOB)


async def _failing(peer: Any) -> object:
    try:
        await peer.fail(80)
    except ValueError as error:
        return str(error)
    return "no error"


#: The steps of a script, in order.
STEPS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "pipelined": _pipelined,
    "held": _held,
    "callback": _callback,
    "stream": _stream,
    "stream up": _stream_up,
    "map": _map,
    "blob": _blob,
    "failing": _failing,
}

#: What they give, if nothing happens to the connection.
RESULTS: dict[str, object] = {
    "wait": TEXT,
    "pipelined": [TEXT, TEXT],
    "held": TEXT,
    "callback": [TEXT.upper(), TEXT, 1],
    "stream": [[0, TEXT], [1, TEXT]],
    "stream up": [TEXT, TEXT],
    "map": [20, 40],
    "blob": len(BLOB.data),
    "failing": TEXT,
    "turn": None,
    "open": None,
}
