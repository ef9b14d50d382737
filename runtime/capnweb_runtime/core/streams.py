"""Streams (protocol: stream, pipe, readable, writable, blob).

A stream is written to by calls of three methods, `write(chunk)`, `close()` and `abort(reason)`,
each sent as a `stream` message: it is answered unasked, and its answer says that there is room for
more. What is sent as a readable is pumped into a *pipe* at the peer, from the start and without
being asked.

* `Written`, `WrittenHook`: what is written to, and a reference to it.
* `Pipe`: the receiving end; it keeps what has been written until it is read.
* `StreamWriter`: the sending end, with flow control.
* `ReadableHook`, `SourceHook`, `WritableHook`, `BlobHook`: streams and blobs as parts of values.
"""

import math
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from typing_extensions import override

from capnweb_runtime.core.flow import FlowController, Sent
from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import Callee, ErrorHook, TargetHook, ValueHook, disposed
from capnweb_runtime.core.payload import (
    EncodedPayload,
    OpenPayload,
    Payload,
    reference_payload,
)
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.errors import CallError, StreamError
from capnweb_runtime.wire.expressions import UNDEFINED, UNDEFINED_EXPRESSION

__all__ = [
    "END",
    "BlobHook",
    "Chunk",
    "End",
    "Once",
    "PartHook",
    "Pipe",
    "ReadableHook",
    "SourceHook",
    "StreamHook",
    "StreamWriter",
    "WritableHook",
    "Written",
    "WrittenHook",
    "blob_pieces",
    "collect_blob",
]

#: Bytes of a blob that are written at once.
_BLOB_PIECE: Final = 64 * 1024


class End:
    """The type of `END`."""

    __slots__ = ()


#: What is read after the last chunk.
END = End()

#: What a read gives: a chunk (the payload of `[chunk]`, given and settled), the end, or why not.
Chunk = OpenPayload | End | BaseException


class _Write:
    """A chunk that has been written and not read."""

    __slots__ = ("payload", "ready", "size", "written")

    def __init__(self, payload: OpenPayload, size: int) -> None:
        self.payload = payload
        self.size = size
        self.written = Pending()
        self.ready = False


class Written(Callee):
    """Something that a peer writes to, by the three methods of a stream."""

    __slots__ = ()

    @abstractmethod
    def lost(self, reason: BaseException) -> None:
        """The session with its last writer is over: unless it was closed, nothing more comes."""


class Pipe(Written):
    """The receiving end of a stream: written to by the peer, read by this side, in order.

    A write is answered when its chunk is read, which is what holds a sender back.
    """

    __slots__ = ("_buffered", "_closed", "_failure", "_limit", "_reading", "_size", "_writes")

    def __init__(self, size: Callable[[], int], limit: int) -> None:
        """`size` tells the size of the message that is being received, `limit` how much to keep."""
        super().__init__()
        self._size = size
        self._limit = limit
        self._buffered = 0
        self._writes: deque[_Write] = deque()
        self._closed: Pending | None = None
        self._failure: BaseException | None = None
        self._reading: Callable[[Chunk], None] | None = None

    # ---- written to

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        if path == ("write",) and self._failure is None and self._closed is None:
            return self._write(arguments)
        reason = self._reason(arguments) if path == ("abort",) else None
        arguments.dispose()
        if self._failure is not None:
            return ErrorHook(self._failure)
        if path == ("close",) and self._closed is None:
            self._closed = Pending()
            self._advance()
            return PromiseHook(self._closed)
        if path == ("abort",):
            self.fail(reason or StreamError("the stream was aborted"))
            return ValueHook(EncodedPayload(UNDEFINED_EXPRESSION))
        if path in {("write",), ("close",)}:
            return ErrorHook(StreamError("the stream has been closed"))
        return ErrorHook(CallError("a stream has the methods write, close and abort"))

    @staticmethod
    def _reason(arguments: Payload) -> BaseException | None:
        values = arguments.open().strip()
        reason = values[0] if isinstance(values, list) and values else None
        if isinstance(reason, BaseException):
            return reason
        if reason is None or reason is UNDEFINED:
            return None
        return StreamError(f"the stream was aborted: {reason}")

    def _write(self, arguments: Payload) -> Hook:
        write = _Write(arguments.open(), self._size())
        self._buffered += write.size
        if self._buffered > self._limit:
            write.payload.dispose()
            error = StreamError(
                f"a stream has more than {self._limit} characters to be read (Limits.stream_buffer)"
            )
            self.fail(error)  # alone: what was written is let go of, and nothing more is kept
            return ErrorHook(error)
        self._writes.append(write)
        hook = PromiseHook(write.written)
        write.payload.settle(lambda failure: self._settled(write, failure))
        return hook

    def _settled(self, write: _Write, failure: BaseException | None) -> None:
        write.ready = True
        if failure is not None:
            self.fail(failure)
        else:
            self._advance()

    @override
    def get(self, path: Path) -> Hook:
        return ErrorHook(CallError("a stream has no properties"))

    @override
    def released(self) -> None:
        self.lost(StreamError("the stream was given up without being closed"))

    @override
    def lost(self, reason: BaseException) -> None:
        if self._closed is None:
            self.fail(reason)

    # ---- read from

    def read(self, then: Callable[[Chunk], None]) -> None:
        """Ask for the next chunk; `then` is called once. One read at a time."""
        assert self._reading is None, "one read at a time"
        self._reading = then
        self._advance()

    def stop_reading(self) -> None:
        """Whoever waited for a chunk does not any more; the chunk stays."""
        self._reading = None

    def fail(self, reason: BaseException) -> None:
        """The stream is over before its end: aborted by the writer, or cancelled by the reader.

        Chunks that were not read are lost; their writes, and later ones, fail with the reason.
        """
        if self._failure is not None:
            return
        self._failure = reason
        writes, self._writes = self._writes, deque()
        for write in writes:
            write.payload.dispose()
            write.written.settle(ErrorHook(reason))
        if self._closed is not None and self._closed.resolution is None:
            self._closed.settle(ErrorHook(reason))
        self._advance()

    def unread(self) -> None:
        """Nobody is going to read it."""
        self.fail(StreamError("the stream was given up without being read"))

    @property
    def finished(self) -> bool:
        """Whether all has been read, or nothing can be any more."""
        return self._failure is not None or (self._closed is not None and not self._writes)

    def _advance(self) -> None:
        """Give the reader what it waits for, if that is there."""
        if self._reading is not None:
            if self._failure is not None:
                self._give(self._failure)
            elif self._writes and self._writes[0].ready:
                write = self._writes.popleft()
                self._buffered -= write.size
                self._give(write.payload)
                write.written.settle(ValueHook(EncodedPayload(UNDEFINED_EXPRESSION)))
            elif not self._writes and self._closed is not None:
                self._give(END)
        if self._closed is not None and self._closed.resolution is None and not self._writes:
            self._closed.settle(ValueHook(EncodedPayload(UNDEFINED_EXPRESSION)))

    def _give(self, chunk: Chunk) -> None:
        then, self._reading = self._reading, None
        assert then is not None
        then(chunk)


class WrittenHook(TargetHook):
    """A reference to what is written to: three methods, and nothing to be read or mapped."""

    __slots__ = ("_written",)

    def __init__(self, written: Written) -> None:
        super().__init__(written)
        self._written = written

    def lose(self, reason: BaseException) -> None:
        """Dispose of it because the session of whoever writes is over, for this reason."""
        if self._callee is not None and self._callee.handles == 1:
            self._written.lost(reason)
        self.dispose()

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        mapper.dispose()
        return ErrorHook(CallError("a stream cannot be mapped"))

    @override
    def dup(self) -> Hook:
        return disposed() if self._callee is None else WrittenHook(self._written)

    def unfinished(self, reason: BaseException) -> None:
        """Nothing more will be written: if it is a pipe it fails, unless it has been closed."""
        if isinstance(self._callee, Pipe):
            self._callee.lost(reason)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(CallError("a stream that is written to has no value"))


class StreamWriter:
    """The sending end of a stream: writes without waiting for each answer, up to a window.

    Attributes:
        failed: called, if set, when a write fails while nobody waits for room.
    """

    __slots__ = ("_error", "_flow", "_hook", "_waiting", "failed")

    def __init__(self, hook: Hook, now: Callable[[], float]) -> None:
        """Takes the hook of a pipe or writable; `now` tells the time in seconds."""
        self.failed: Callable[[], None] | None = None
        self._hook = hook
        self._flow = FlowController(now)
        self._error: BaseException | None = None
        self._waiting: Callable[[BaseException | None], None] | None = None

    def write(self, arguments: Payload) -> None:
        """Write the chunk that is the only argument, which is taken; first wait for room.

        Raises:
            EncodeError: if it cannot be sent.
            BaseException: what an earlier write failed with.
        """
        if self._error is not None:
            arguments.dispose()
            raise self._error
        answer, size = self._hook.stream(("write",), arguments)
        # A local stream tells no size: it takes one chunk at a time.
        sent = self._flow.sent(math.ceil(self._flow.window) if size is None else size)
        answer.pull(lambda settled: self._answered(answer, sent, settled))

    def _answered(self, answer: Hook, sent: Sent, settled: Settled) -> None:
        answer.dispose()
        if isinstance(settled, BaseException):
            self._flow.failed(sent)
            self._error = self._error or settled
            if self._waiting is None and self.failed is not None:
                self.failed()
        else:
            self._flow.acknowledged(sent)
        if self._waiting is not None and (self._error is not None or self._flow.has_room):
            then, self._waiting = self._waiting, None
            then(self._error)

    def wait_for_room(self, then: Callable[[BaseException | None], None]) -> None:
        """Call `then`, perhaps at once, when there is room, or with why there will be none."""
        assert self._waiting is None, "one writer at a time"
        if self._error is not None or self._flow.has_room:
            then(self._error)
        else:
            self._waiting = then

    def close(self, then: Callable[[BaseException | None], None]) -> None:
        """All is written. `then` is told when all of it has been read, or why it was not."""
        self._finish(("close",), EncodedPayload([[]]), then)

    def abort(self, arguments: Payload, then: Callable[[BaseException | None], None]) -> None:
        """Nothing more will come; the reason is the only argument, which is taken."""
        self._finish(("abort",), arguments, then)

    def _finish(
        self, path: Path, arguments: Payload, then: Callable[[BaseException | None], None]
    ) -> None:
        if self._error is not None:
            arguments.dispose()
            self._hook.dispose()
            then(self._error)
            return
        answer, _ = self._hook.stream(path, arguments)

        def answered(settled: Settled) -> None:
            answer.dispose()
            self._hook.dispose()
            error = settled if isinstance(settled, BaseException) else None
            error = self._error or error
            self._error = self._error or StreamError("the stream has been closed")
            then(error)

        answer.pull(answered)

    def give_up(self) -> None:
        """Let go of the stream as it is; the reader will see that it was not closed."""
        self._hook.dispose()


#: Makes what the application knows a stream or blob as.
Unwrap = Callable[["PartHook"], object]


class PartHook(Hook):
    """A stream or blob as part of a value: it travels in its own way, and has no members."""

    __slots__ = ("unwrap_with",)

    def __init__(self, unwrap: Unwrap) -> None:
        self.unwrap_with = unwrap

    def unwrap(self) -> object:
        """What the application knows it as."""
        return self.unwrap_with(self)

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        arguments.dispose()
        return _no_members()

    @override
    def get(self, path: Path) -> Hook:
        return _no_members() if path else self.dup()

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        mapper.dispose()
        return _no_members()

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(reference_payload(Reference(self.dup(), is_promise=False)))

    @override
    def on_broken(self, registration: Registration) -> None:
        registration.undo()


def _no_members() -> ErrorHook:
    return ErrorHook(CallError("a stream or blob has no methods or properties to be reached"))


class Once:
    """Something to be read from, which only one can do.

    Attributes:
        taken: whether somebody does. If not, it is given up with the last hook that refers to it.
    """

    __slots__ = ("_give_up", "handles", "taken")

    def __init__(self, give_up: Callable[[], None]) -> None:
        """`give_up` is called at most once, from wherever Python collects garbage."""
        self.handles = 0
        self.taken = False
        self._give_up = give_up

    def let_go(self) -> None:
        """A hook is gone."""
        self.handles -= 1
        if self.handles == 0 and not self.taken:
            self.taken = True
            self._give_up()


class StreamHook(PartHook):
    """A stream to be read from."""

    __slots__ = ("_held", "once")

    def __init__(self, once: Once, unwrap: Unwrap) -> None:
        super().__init__(unwrap)
        self.once = once
        self._held = True
        once.handles += 1

    @override
    def dispose(self) -> None:
        if self._held:
            self._held = False
            self.once.let_go()

    __del__ = dispose


class ReadableHook(StreamHook):
    """The readable end of a pipe."""

    __slots__ = ("pipe",)

    def __init__(self, pipe: Pipe, unwrap: Unwrap, once: Once | None = None) -> None:
        super().__init__(once or Once(pipe.unread), unwrap)
        self.pipe = pipe

    @override
    def dup(self) -> Hook:
        return ReadableHook(self.pipe, self.unwrap_with, self.once)


class SourceHook(StreamHook):
    """Something of the application's to be read from: an async iterable, opaque here."""

    __slots__ = ("source",)

    def __init__(self, source: object, unwrap: Unwrap, once: Once) -> None:
        super().__init__(once, unwrap)
        self.source = source

    @override
    def dup(self) -> Hook:
        return SourceHook(self.source, self.unwrap_with, self.once)


class WritableHook(PartHook):
    """Something that can be written to: a sink of this side's application, or one of the peer."""

    __slots__ = ("hook",)

    def __init__(self, hook: Hook, unwrap: Unwrap) -> None:
        """Takes the hook that has the methods of a stream."""
        super().__init__(unwrap)
        self.hook = hook

    @override
    def dup(self) -> Hook:
        return WritableHook(self.hook.dup(), self.unwrap_with)

    @override
    def dispose(self) -> None:
        self.hook.dispose()


class BlobHook(PartHook):
    """Bytes with a media type, as one value."""

    __slots__ = ("data", "media_type")

    def __init__(self, data: bytes, media_type: str, unwrap: Unwrap) -> None:
        super().__init__(unwrap)
        self.data = data
        self.media_type = media_type

    @override
    def dup(self) -> Hook:
        return self

    @override
    def dispose(self) -> None:
        pass


def blob_pieces(data: bytes) -> Iterator[bytes]:
    """The chunks as which a blob is written."""
    for start in range(0, len(data), _BLOB_PIECE):
        yield data[start : start + _BLOB_PIECE]


def collect_blob(readable: ReadableHook, media_type: str, limit: int) -> Hook:
    """Gives the promise of a blob: all that comes out of a stream. Takes the stream."""
    collector = _BlobCollector(readable, media_type, limit)
    readable.once.taken = True
    readable.pipe.read(collector.arrived)
    return PromiseHook(collector.result)


class _BlobCollector:
    """Reads a stream of bytes to its end."""

    __slots__ = ("_left", "_limit", "_media_type", "_pieces", "_readable", "result")

    def __init__(self, readable: ReadableHook, media_type: str, limit: int) -> None:
        self.result = Pending()
        self._readable = readable
        self._media_type = media_type
        self._limit = limit
        self._left = limit
        self._pieces: list[bytes] = []

    def arrived(self, chunk: Chunk) -> None:
        if isinstance(chunk, BaseException):
            self.result.settle(ErrorHook(chunk))
        elif isinstance(chunk, End):
            data = b"".join(self._pieces)
            blob = BlobHook(data, self._media_type, self._readable.unwrap_with)
            self.result.settle(ValueHook(reference_payload(Reference(blob, is_promise=False))))
        else:
            self._add(chunk)

    def _add(self, chunk: OpenPayload) -> None:
        values = chunk.strip()
        data = values[0] if isinstance(values, list) and values else None
        chunk.dispose()
        if not isinstance(data, bytes):
            self._refuse("a blob consists of bytes")
            return
        self._left -= len(data)
        if self._left < 0:
            self._refuse(f"a blob is larger than {self._limit} bytes (Limits.blob_size)")
            return
        self._pieces.append(data)
        self._readable.pipe.read(self.arrived)

    def _refuse(self, reason: str) -> None:
        error = CallError(reason)
        self._readable.pipe.fail(error)
        self.result.settle(ErrorHook(error))
