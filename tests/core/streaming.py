"""One end of a session that is fed raw frames, for tests of streams, blobs and maps.

Its main object has these methods, and the properties `list` = [1, 2, 3] and `none` = null:

keep(...)     notes its arguments and holds them; use(...) notes them, and lets go of them
give()        gives what the test put into `gifts`; later() gives what the test settles
square(n)     gives n * n; fail(n) fails with n; call(f, x) calls f
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint, Stats
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import Callee, ErrorHook, TargetHook, ValueHook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.streams import Chunk, End, PartHook, Pipe, ReadableHook, StreamWriter
from capnweb_runtime.errors import BrokenError, CallError, RemoteError, SessionClosedError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.expressions import Expression

__all__ = ["DONE", "Main", "Reader", "StreamEnd", "Writing", "give", "keep", "write"]

#: What a write is answered with.
DONE = ["undefined"]


class StreamEnd(Host):
    """One end, its main object, and what it pumps."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.main = Main()
        self.pumps: list[tuple[PartHook, StreamWriter]] = []
        self.reason: BrokenError | None = None
        self.endpoint = Endpoint(self, TargetHook(self.main), limits)

    @classmethod
    @contextmanager
    def open(cls, limits: Limits = DEFAULT_LIMITS) -> Iterator[Self]:
        """An end, of which nothing may be left after the test."""
        end = cls(limits)
        yield end
        end.sent()
        end.endpoint.close(SessionClosedError("the test is over"))
        assert end.endpoint.stats() == (0, 0)
        assert end.sent() == [], "something was sent after the end"
        end.main.let_go()
        assert end.main.handles == 0, "the main object is still referred to"

    @override
    def wake(self, *, lazily: bool = False) -> None:
        pass

    @override
    def send(self, messages: list[object]) -> bool:
        return False

    @override
    def ended(self, reason: BrokenError) -> None:
        assert self.reason is None, "ended twice"
        self.reason = reason

    @override
    def now(self) -> float:
        return 1.0

    @override
    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        self.pumps.append((source, writer))

    @override
    def unwrap(self, part: PartHook) -> object:
        return part

    @override
    def report(self, error: Exception) -> None:
        raise AssertionError("a fault of the runtime") from error

    @property
    def stats(self) -> Stats:
        return self.endpoint.stats()

    def sent(self) -> list[Any]:
        """What it has to send, parsed."""
        return [json.loads(str(message)) for message in self.endpoint.take_outgoing()]

    def feed(self, *messages: Any) -> list[Any]:
        """Receive messages; gives what is sent then."""
        for message in messages:
            self.endpoint.receive(json.dumps(message))
        return self.sent()

    def aborts(self, *messages: Any) -> str:
        """Receive messages, the last of which has to end the session; gives why."""
        assert self.feed(*messages[:-1]) == []
        assert self.reason is None, self.reason
        [[kind, [tag, name, why]]] = self.feed(messages[-1])
        assert (kind, tag, name) == ("abort", "error", "TypeError")
        assert self.stats == (0, 0)
        return str(why)

    def rejects(self, *messages: Any) -> str:
        """Receive messages, the last of which has to bring a rejection; gives why."""
        assert self.feed(*messages[:-1]) == []
        [[kind, _, [tag, _, why]]] = self.feed(messages[-1])
        assert (kind, tag) == ("reject", "error")
        assert self.reason is None
        return str(why)


class Main(Callee):
    """The main object."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[list[Any]] = []
        self.gifts: list[EncodedPayload] = []
        self.laters: list[Pending] = []
        self._held: list[Payload] = []

    def let_go(self) -> None:
        """Of everything that was kept."""
        while self._held:
            self._held.pop().dispose()

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        result = Pending()
        promise = PromiseHook(result)
        payload = arguments.open()

        def ready(failure: BaseException | None) -> None:
            if failure is not None:
                result.settle(ErrorHook(failure))
            else:
                values = payload.take(lambda reference: reference.hook)
                assert isinstance(values, list)
                result.settle(self._run(path, values))
            if path == ("keep",):
                self._held.append(arguments)
            else:
                arguments.dispose()

        payload.settle(ready)
        return promise

    def _run(self, path: Path, values: list[Any]) -> Hook:
        match path:
            case ("keep",) | ("use",):
                self.got.append(values)
                return ValueHook(EncodedPayload(None))
            case ("give",):
                return ValueHook(self.gifts.pop(0))
            case ("later",):
                self.laters.append(Pending())
                return PromiseHook(self.laters[-1])
            case ("square",):
                return ValueHook(EncodedPayload(values[0] ** 2))
            case ("fail",):
                return ErrorHook(RemoteError(f"failed: {values[0]}"))
            case ("call",):
                function: Hook = values[0]
                return function.call((), EncodedPayload([[values[1]]]))
            case _:
                return ErrorHook(CallError(f"'{path[-1]}' is not a function."))

    @override
    def get(self, path: Path) -> Hook:
        members = ValueHook(EncodedPayload({"list": [[1, 2, 3]], "none": None}))
        return members.get(path)

    @override
    def released(self) -> None:
        pass


class Reader:
    """Reads a pipe, chunk by chunk."""

    def __init__(self, readable: object) -> None:
        assert isinstance(readable, ReadableHook)
        readable.once.taken = True
        self.pipe: Pipe = readable.pipe
        self.got: list[Any] = []

    def read(self, count: int = 1) -> list[Any]:
        """Ask for so many chunks, the last of which may be still to come; gives all so far."""
        for _ in range(count):
            self.pipe.read(self._arrived)
        return self.got

    def _arrived(self, chunk: Chunk) -> None:
        if isinstance(chunk, BaseException):
            self.got.append(chunk)
        elif isinstance(chunk, End):
            self.got.append("the end")
        else:
            values = chunk.take(lambda reference: reference.hook)
            assert isinstance(values, list)
            self.got.append(values[0] if len(values) == 1 else values)


class Writing:
    """A writer, and what it was told."""

    def __init__(self, writer: StreamWriter) -> None:
        self.writer = writer
        self.told: list[BaseException | None] = []

    def write(self, *chunks: Any) -> None:
        for chunk in chunks:
            self.writer.write(EncodedPayload([[chunk]]))

    def close(self) -> None:
        self.writer.close(self.told.append)

    def abort(self, reason: Any) -> None:
        self.writer.abort(EncodedPayload([[reason]]), self.told.append)


def give(end: StreamEnd, *parts: Hook) -> list[Any]:
    """Have the peer ask for a value: these (taken), or the one; as export 1. Gives what is sent."""
    end.main.gifts.append(_value_of(*parts))
    return end.feed(["push", ["pipeline", 0, ["give"], []]], ["pull", 1])


def _value_of(*parts: Hook) -> EncodedPayload:
    references = [Reference(part, is_promise=False) for part in parts]
    tree: Expression = references[0] if len(parts) == 1 else [list(references)]
    return EncodedPayload(tree, references)


def write(number: int, *chunks: Any, method: str = "write") -> list[Any]:
    """The message that calls a method of a stream."""
    return ["stream", ["pipeline", number, [method], list(chunks)]]


def keep(*arguments: Any) -> list[Any]:
    """The message that hands something to the main object."""
    return ["push", ["pipeline", 0, ["keep"], list(arguments)]]
