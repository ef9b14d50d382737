"""HTTP batches without sockets: the request of a client, answered in the same process."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.aio import calls, disposal
from tests.aio.pairs import quiet

__all__ = ["URL", "Api", "Sunk", "Wire", "call", "lines", "post", "run", "wired"]

URL = "http://server.test/api"


class Wire:
    """What a client and a server are joined by.

    Attributes:
        requests: the bodies that the client has sent.
        answers: those that the server gave.
        client: to be handed to `http_batch`.
    """

    def __init__(self, main: Callable[[], object], **options: Any) -> None:
        self.requests: list[str] = []
        self.answers: list[str] = []
        self._requested = asyncio.Event()
        self._main = main
        self._options = options
        self.client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._handle))

    async def requested(self, count: int = 1) -> None:
        """Wait until so many requests have been made, and their calls have begun."""
        while len(self.requests) < count:
            self._requested.clear()
            await self._requested.wait()
        await quiet()

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        self.requests.append(body.decode())
        self._requested.set()
        answer = await rpc.batch_response(body, self._main(), **self._options)
        self.answers.append(answer.decode())
        return httpx2.Response(200, content=answer)


class Counter(rpc.Target):
    def __init__(self, start: int) -> None:
        self._value = start

    def add(self, by: int) -> int:
        self._value += by
        return self._value


class Sunk(rpc.Sink):
    @override
    async def write(self, chunk: object) -> None:
        raise AssertionError(chunk)


class Api(rpc.Target):
    """What the batches of these tests call."""

    def __init__(self, journal: list[str] | None = None) -> None:
        self._journal = [] if journal is None else journal
        self.gone = asyncio.Event()

    def square(self, n: int) -> int:
        return n * n

    async def later(self, n: int) -> int:
        await asyncio.sleep(0)
        return n

    def counter(self, start: int) -> Counter:
        return Counter(start)

    def fail(self) -> None:
        raise ValueError("no")

    async def note(self, line: str) -> None:
        await asyncio.sleep(0)
        self._journal.append(line)

    async def hang(self) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self._journal.append("cancelled")
            raise

    async def call(self, function: Any) -> Any:
        return await function(2)

    def fire(self, function: Any) -> str:
        function("fired")
        return "done"

    def pass_on(self, function: Any) -> Any:
        return function(3)

    def echo(self, value: Any) -> Any:
        return value

    async def stream(self) -> AsyncIterator[int]:
        yield 1

    async def read(self, stream: Any) -> list[Any]:
        return [chunk async for chunk in stream]

    def blob(self, size: int) -> rpc.Blob:
        return rpc.Blob(bytes(size), "image/png")

    def size(self, blob: rpc.Blob) -> int:
        return len(blob.data)

    def sink(self) -> rpc.Sink:
        return Sunk()

    def nested(self) -> dict[str, Any]:
        return {"now": 1, "later": rpc.promise_of(self.later(2))}

    def __exit__(self, *exc: object) -> None:
        self._journal.append("gone")
        self.gone.set()


@asynccontextmanager
async def wired(main: Callable[[], object], **options: Any) -> AsyncIterator[Wire]:
    """A wire to a server whose batches get what `main` makes.

    Raises:
        AssertionError: if a task, an object or an entry of a table is left of it.
    """
    before = asyncio.all_tasks()
    wire = Wire(main, **options)
    async with wire.client:
        yield wire
    gc.collect()
    await quiet()
    assert asyncio.all_tasks() == before, "a task is left"
    assert not calls._TASKS
    assert not disposal.Lifetime._all, "an object is still referred to"


def post(
    answer: Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]],
) -> httpx2.AsyncClient:
    """A client whose requests are answered by a function."""
    return httpx2.AsyncClient(transport=httpx2.MockTransport(answer))


def lines(*messages: object) -> bytes:
    return "\n".join(json.dumps(message) for message in messages).encode()


def call(name: str, *args: object) -> list[object]:
    return ["push", ["pipeline", 0, [name], list(args)]]


def run(test: Any) -> None:
    asyncio.run(test())
