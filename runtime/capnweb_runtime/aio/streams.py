"""Streams and blobs, as users hold and write them (protocol: pipe, readable, writable, blob).

An async iterable is sent as a stream: it is read from as fast as the peer takes what comes of it. A
received one is a `ReceivedStream`, an async iterator. A `Sink` is something that the peer writes
to; received it is a `Writer`.
"""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Generic, Self, TypeVar, cast

from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from capnweb_runtime.aio.calls import log_failure
from capnweb_runtime.aio.referable import Referable
from capnweb_runtime.aio.refs import encode_arguments, source_hook, take
from capnweb_runtime.aio.waiting import Arrival
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.streams import (
    BlobHook,
    Chunk,
    End,
    PartHook,
    ReadableHook,
    SourceHook,
    StreamWriter,
    WritableHook,
    Written,
    WrittenHook,
    blob_pieces,
)
from capnweb_runtime.errors import CallError, StreamError
from capnweb_runtime.wire.expressions import UNDEFINED, UNDEFINED_EXPRESSION

__all__ = ["Blob", "ReceivedStream", "Sink", "Writer", "chunks", "close", "pump", "unwrap"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Blob(Referable):
    """Bytes with a media type, as one value (JavaScript: Blob).

    It can be a field of pydantic models. (Were it a dataclass, they would dump it as a dict.)
    """

    __slots__ = ("_data", "_media_type")

    def __init__(self, data: bytes, media_type: str = "") -> None:
        """`media_type` is for example ``"image/png"``."""
        self._data = data
        self._media_type = media_type

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._data

    @property
    def media_type(self) -> str:
        """Of what kind they are; may be empty."""
        return self._media_type

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Blob):
            return NotImplemented
        return (self._data, self._media_type) == (other._data, other._media_type)

    @override
    def __hash__(self) -> int:
        return hash((self._data, self._media_type))

    @override
    def __repr__(self) -> str:
        return f"Blob({self._data!r}, {self._media_type!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object, /) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @override
    def __rpc_reference__(self) -> Reference:
        return Reference(BlobHook(self.data, self.media_type, unwrap), is_promise=False)


class ReceivedStream(AsyncIterator[T_co], Referable):
    """A stream of the peer (JavaScript: ReadableStream): ``async for chunk in stream``.

    Who reads it holds the sender back: it writes as fast as this is read. A stream that is not read
    to its end should be closed, with `aclose` or `async with`; the sender is told then. A stream
    that a handler was given and did not begin to read is closed when the call ends.
    """

    def __init__(self, hook: ReadableHook) -> None:
        self._hook = hook
        self._receive: Callable[[object], T_co] | None = None
        self._arrived: Chunk | None = None

    @override
    def __aiter__(self) -> Self:
        return self

    @override
    async def __anext__(self) -> T_co:
        """The next chunk.

        Raises:
            RemoteError, StreamError, BrokenError: why there is none, if the stream did not end
            well.
        """
        self._hook.once.taken = True
        if self._arrived is None:
            # Kept here until it is given out: a read that is cancelled loses nothing.
            await Arrival(self._read)
        chunk = self._arrived
        if isinstance(chunk, End):
            raise StopAsyncIteration
        if isinstance(chunk, BaseException):
            raise chunk.with_traceback(None)
        assert chunk is not None
        self._arrived = None
        values: list[T_co] = take(chunk)
        value = values[0] if values else cast("T_co", None)
        if self._receive is not None:
            return self._receive(value)
        return cast("T_co", None) if value is UNDEFINED else value

    def _read(self, then: Callable[[None], None]) -> None:
        def arrived(chunk: Chunk) -> None:
            self._arrived = chunk
            then(None)

        self._hook.pipe.stop_reading()  # of a read that was cancelled
        self._hook.pipe.read(arrived)

    def typed(self, receive: Callable[[object], T_co]) -> Self:
        """This stream, each chunk of which is now what `receive` makes of it."""
        self._receive = receive
        return self

    def passed_on(self) -> SourceHook:
        """The hook of it as a stream that is to be sent. It stays open until somebody reads it."""
        self._hook.once.taken = True
        return source_hook(self, alone=not self._hook.pipe.finished)

    async def aclose(self) -> None:
        """Read no more: what has not been read is lost, and the sender is told."""
        self._hook.once.taken = True
        self._hook.pipe.fail(StreamError("the reader closed the stream"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._hook.once.taken and not self._hook.pipe.finished:
            self._hook.pipe.fail(StreamError("the reader forgot the stream"))

    @override
    def __rpc_reference__(self) -> Reference:
        return Reference(self.passed_on(), is_promise=False)


class Sink(Referable):
    """Something that the peer writes to (JavaScript: WritableStream). Derive it, and pass it on.

    Chunks are handed to `write` one at a time and in order, and the peer is held back until it
    returns. At the end either `close` or `abort` is called, once.
    """

    @abstractmethod
    async def write(self, chunk: Any, /) -> None:
        """Take one chunk. What it raises reaches the writer, and ends the stream."""

    async def close(self) -> None:
        """All has been written."""

    async def abort(self, reason: BaseException, /) -> None:
        """Nothing more will come: the writer failed, gave up, or is gone."""

    @override
    def __rpc_reference__(self) -> Reference:
        return Reference(WritableHook(WrittenHook(_SinkCallee(self)), unwrap), is_promise=False)


class Writer(Referable, Generic[T]):
    """A `Sink` of the peer's.

    ```python
    async with writer:
        await writer.write(chunk)
    ```
    closes it at the end, or aborts it if the block raises.
    """

    def __init__(self, hook: WritableHook) -> None:
        self._hook = hook
        self._stream: StreamWriter | None = None

    def _open(self) -> StreamWriter:
        if self._stream is None:
            self._stream = StreamWriter(self._hook.hook.dup(), asyncio.get_running_loop().time)
        return self._stream

    async def write(self, chunk: T, /) -> None:
        """Write a chunk, when there is room for it.

        It returns before the chunk has been taken; `close` tells whether all have.

        Raises:
            EncodeError: if it cannot be sent.
            RemoteError, BrokenError: what an earlier write failed with.
        """
        stream = self._open()
        _raise(await Arrival(stream.wait_for_room))
        stream.write(encode_arguments([chunk]))

    async def close(self) -> None:
        """End the stream, and wait until all of it has been taken.

        Raises:
            RemoteError, BrokenError: if it has not.
        """
        stream = self._open()
        self._hook.dispose()
        _raise(await Arrival(stream.close))

    async def abort(self, reason: BaseException, /) -> None:
        """End the stream before its end; what has not been taken is lost."""
        await Arrival(partial(self._abort, reason))

    def _abort(self, reason: BaseException, then: Callable[[object], None]) -> None:
        stream = self._open()
        self._hook.dispose()
        stream.abort(encode_arguments([reason]), then)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            await self.close()
        elif isinstance(error, asyncio.CancelledError):
            # Without waiting for the peer, whose sink may be busy for long: whoever cancels this
            # waits for it.
            self._abort(error, lambda _: None)
        else:
            await self.abort(error)

    @override
    def __rpc_reference__(self) -> Reference:
        return Reference(self._hook.dup(), is_promise=False)


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error.with_traceback(None)


class _SinkCallee(Written):
    """Calls the methods of a `Sink`, one at a time."""

    __slots__ = (
        "_current",
        "_ended",
        "_ending",
        "_failure",
        "_interrupted",
        "_queue",
        "_sink",
        "_task",
    )

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._queue: deque[tuple[Callable[[], Awaitable[None]], Pending]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._ended = False  # nothing more is taken
        self._ending = False  # the sink has been told so
        self._current: Pending | None = None
        self._interrupted = False

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        method = path[0] if len(path) == 1 else None
        if method not in {"write", "close", "abort"} or self._ended:
            arguments.dispose()
            if self._ended:
                return ErrorHook(self._failure or StreamError("the stream has been closed"))
            return ErrorHook(CallError("a stream has the methods write, close and abort"))
        self._ended = method != "write"
        return PromiseHook(self._enqueue(partial(self._run, str(method), arguments)))

    def _enqueue(self, step: Callable[[], Awaitable[None]]) -> Pending:
        pending = Pending(lambda: self._stop(pending))
        self._queue.append((step, pending))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return pending

    def _stop(self, pending: Pending) -> bool:
        """The writer does not want this call to be done any more: its session is over."""
        if self._failure is None:
            self._failure = StreamError("the writer is gone")
        if not self._ended:
            self._ended = True
            self._enqueue(partial(self._sink.abort, self._failure))
        if pending is self._current and self._task is not None:
            self._interrupted = self._task.cancel()
        return True

    async def _work(self) -> None:
        while self._queue:
            step, pending = self._queue.popleft()
            self._current = pending
            try:
                await step()
                outcome: Hook = ValueHook(EncodedPayload(UNDEFINED_EXPRESSION))
            except BaseException as error:
                outcome = ErrorHook(error)
                if isinstance(error, asyncio.CancelledError) and not self._interrupted:
                    raise
            finally:
                pending.settle(outcome)
            if self._interrupted:
                self._interrupted = False
                cast("asyncio.Task[None]", self._task).uncancel()
        self._current = self._task = None

    async def _run(self, method: str, arguments: Payload) -> None:
        if self._failure is not None:  # a write failed: so does all that comes after it
            arguments.dispose()
            raise self._failure
        payload = arguments.open()
        _raise(await Arrival(payload.settle))
        values: list[object] = take(payload)
        value = None if not values or values[0] is UNDEFINED else values[0]
        if method == "write":
            await self._write(value)
            return
        self._ending = True
        if method == "close":
            await self._sink.close()
        else:
            await self._sink.abort(_as_error(value))
        arguments.dispose()

    async def _write(self, value: object) -> None:
        try:
            await self._sink.write(value)
        except Exception as error:
            log_failure(lambda: f"{type(self._sink).__qualname__}.write", error)
            self._failure = error.with_traceback(None)
            self._ended = True
            self._queue.appendleft((partial(self._sink.abort, error), Pending()))
            raise

    @override
    def get(self, path: Path) -> Hook:
        return ErrorHook(CallError("a stream has no properties"))

    @override
    def released(self) -> None:
        if not self._ended:
            self._ended = True
            reason = StreamError("the stream was given up without being closed")
            self._enqueue(partial(self._sink.abort, reason))

    @override
    def lost(self, reason: BaseException) -> None:
        if self._ending or self._failure is not None:
            return  # the sink has been told of an end, or will be
        self._ended = True
        self._failure = reason  # of what waits in line
        self._enqueue(partial(self._sink.abort, reason))


def _as_error(reason: object) -> BaseException:
    if isinstance(reason, BaseException):
        return reason
    return StreamError("the stream was aborted" if reason is None else str(reason))


async def chunks(source: PartHook) -> AsyncIterator[object]:
    """What comes out of a stream or blob that is being sent."""
    match source:
        case BlobHook(data=data):
            for piece in blob_pieces(data):
                yield piece
        case SourceHook(source=iterable):
            assert isinstance(iterable, AsyncIterable)
            async for chunk in iterable:
                yield chunk
        case ReadableHook():
            async for chunk in ReceivedStream[object](source):
                yield chunk
        case _:
            raise AssertionError(source)


async def close(source: object) -> None:
    """Close what is read from, if that can be closed."""
    if hasattr(source, "aclose"):
        await cast("Any", source).aclose()


async def pump(source: PartHook, writer: StreamWriter) -> None:
    """Write all that comes out of a source; then close it, or abort it if the source fails."""
    running = asyncio.current_task()
    assert running is not None
    # Nobody reads any more: stop waiting for the source.
    writer.failed = partial(_cancel, running)
    stream = chunks(source)
    try:
        async for chunk in stream:
            writer.write(encode_arguments([chunk]))
            if await Arrival(writer.wait_for_room) is not None:
                return
        await Arrival(writer.close)
    except asyncio.CancelledError:
        pass
    except BaseException as error:  # noqa: BLE001 (the source's fault is the reader's to know)
        log_failure(lambda: "the source of a stream", error)
        await Arrival(partial(writer.abort, encode_arguments([error])))
    finally:
        writer.failed = None
        writer.give_up()
        await close(stream)
        if isinstance(source, SourceHook):
            await close(source.source)


def _cancel(task: "asyncio.Task[object]") -> None:
    task.cancel()


def unwrap(part: PartHook) -> object:
    """What the application knows a stream or blob as."""
    match part:
        case ReadableHook():
            return ReceivedStream[object](part)
        case WritableHook():
            return Writer[object](part)
        case BlobHook():
            return Blob(part.data, part.media_type)
        case _:
            raise AssertionError(part)
