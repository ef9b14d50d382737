"""Two endpoints joined by hand: a link that delivers when it is told to, and objects to call."""

from collections import deque
from typing import cast

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import Callee, ErrorHook, TargetHook, ValueHook
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.streams import (
    Chunk,
    End,
    PartHook,
    ReadableHook,
    SourceHook,
    StreamWriter,
)
from capnweb_runtime.errors import BrokenError, CallError

__all__ = ["Link", "Side", "Thing", "arguments"]


class Side:
    """One end, its host, and the messages on their way to it."""

    def __init__(self, name: str, things: list["Thing"], kind: type[Endpoint]) -> None:
        self.name = name
        self.inbox: deque[object] = deque()
        self.ended_with: BrokenError | None = None
        self.main = Thing(things)
        self.endpoint = kind(self, TargetHook(self.main))

    def wake(self, *, lazily: bool = False) -> None:
        """The link looks for itself."""

    def send(self, messages: list[object]) -> bool:  # noqa: ARG002
        return False

    def ended(self, reason: BrokenError) -> None:
        assert self.ended_with is None, "ended twice"
        self.ended_with = reason

    def now(self) -> float:
        """No time ever passes."""
        return 1.0

    def unwrap(self, part: PartHook) -> object:
        return part

    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        assert isinstance(source, SourceHook)
        _Pump(cast("list[object]", source.source), writer).proceed(None)

    def report(self, error: Exception) -> None:
        raise AssertionError(f"unexpected in {self.name}") from error


class _Pump:
    """Writes a list chunk by chunk as there is room, then closes."""

    def __init__(self, chunks: list[object], writer: StreamWriter) -> None:
        self._chunks = chunks
        self._writer = writer

    def proceed(self, error: BaseException | None) -> None:
        if error is not None:
            self._writer.give_up()
        elif self._chunks:
            self._writer.write(arguments(self._chunks.pop(0)))
            self._writer.wait_for_room(self.proceed)
        else:
            self._writer.close(lambda _: None)


class Link:
    """Joins two sides. Messages wait until they are delivered."""

    def __init__(self, kind: type[Endpoint] = Endpoint) -> None:
        self.things: list[Thing] = []
        self.sides = (Side("left", self.things, kind), Side("right", self.things, kind))

    def collect(self) -> None:
        """Put what the sides have sent on its way."""
        left, right = self.sides
        right.inbox.extend(left.endpoint.take_outgoing())
        left.inbox.extend(right.endpoint.take_outgoing())

    def deliver(self, side: int, count: int) -> None:
        """Deliver up to `count` messages to a side."""
        self.collect()
        receiver = self.sides[side]
        for _ in range(min(count, len(receiver.inbox))):
            receiver.endpoint.receive(receiver.inbox.popleft())

    def run_dry(self) -> None:
        """Deliver everything, and what comes of it."""
        self.collect()
        while any(side.inbox for side in self.sides):
            for side in (0, 1):
                self.deliver(side, len(self.sides[side].inbox))
            self.collect()


class Thing(Callee):
    """An object of either side. It knows these methods, and no properties:

    echo(x) gives x back; make() a new thing; keep(x) keeps x and tells how much it keeps;
    drain(stream) reads to the end; kept() gives the oldest that it keeps; later(x) gives x when the
    test says so; fail() fails.
    """

    def __init__(self, things: list["Thing"]) -> None:
        super().__init__()
        self.disposals = 0
        self.keeping: list[EncodedPayload] = []
        self.waiting: list[tuple[Pending, EncodedPayload]] = []
        self._things = things
        things.append(self)

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        result = Pending()
        payload = arguments.open()

        def ready(failure: BaseException | None) -> None:
            if failure is not None:
                result.settle(ErrorHook(failure))
            else:
                values = payload.take(lambda reference: reference)
                assert isinstance(values, list)
                result.settle(self._run(path, values))
            arguments.dispose()

        payload.settle(ready)
        return PromiseHook(result)

    def _run(self, path: Path, values: list[object]) -> Hook:
        value = EncodedPayload.of(values[0]).dup() if values else EncodedPayload(None)
        match path:
            case ("echo",):
                return ValueHook(value)
            case ("make",):
                return ValueHook(_stub_of(Thing(self._things)))
            case ("keep",):
                self.keeping.append(value)
                return ValueHook(EncodedPayload(len(self.keeping)))
            case ("kept",) if self.keeping:
                return ValueHook(self.keeping.pop(0))
            case ("drain",):
                return self._drain(values)
            case ("later",):
                pending = Pending()
                self.waiting.append((pending, value))
                return PromiseHook(pending)
            case _:
                return ErrorHook(CallError(f"{path} failed"))

    def _drain(self, values: list[object]) -> Hook:
        """Read a stream to its end; gives how many chunks there were."""
        reference = values[0] if values else None
        if not isinstance(reference, Reference) or not isinstance(reference.hook, ReadableHook):
            return ErrorHook(CallError("no stream"))
        reference.hook.once.taken = True
        return PromiseHook(_Drain(reference.hook).result)

    @override
    def get(self, path: Path) -> Hook:
        return ValueHook(EncodedPayload(["undefined"]))

    @override
    def released(self) -> None:
        self.disposals += 1

    def settle_next(self) -> None:
        """Let the oldest `later` finish."""
        pending, value = self.waiting.pop(0)
        pending.settle(ValueHook(value))

    def let_go(self) -> None:
        """Keep nothing and wait for nothing any more."""
        while self.waiting:
            self.settle_next()
        while self.keeping:
            self.keeping.pop().dispose()


class _Drain:
    """Reads a stream to its end, and counts."""

    def __init__(self, readable: ReadableHook) -> None:
        self.result = Pending()
        self._readable = readable
        self._count = 0
        readable.pipe.read(self._arrived)

    def _arrived(self, chunk: Chunk) -> None:
        if isinstance(chunk, BaseException):
            self.result.settle(ErrorHook(chunk))
        elif isinstance(chunk, End):
            self.result.settle(ValueHook(EncodedPayload(self._count)))
        else:
            chunk.dispose()
            self._count += 1
            self._readable.pipe.read(self._arrived)


def _stub_of(thing: Thing) -> EncodedPayload:
    reference = Reference(TargetHook(thing), is_promise=False)
    return EncodedPayload(reference, [reference])


def arguments(*values: object) -> EncodedPayload:
    """The payload of a call's arguments; takes the references in them."""
    references: list[Reference] = []
    _collect(list(values), references)
    return EncodedPayload(EncodedPayload.of(list(values)).tree, references)


def _collect(value: object, references: list[Reference]) -> None:
    if isinstance(value, Reference):
        references.append(value)
    elif isinstance(value, list):
        for item in value:
            _collect(item, references)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, references)
