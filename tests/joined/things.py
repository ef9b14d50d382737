"""Two endpoints joined by hand: a link that delivers when it is told to, and objects to call."""

from collections import deque

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import (
    Callee,
    ErrorHook,
    Pending,
    PromiseHook,
    TargetHook,
    ValueHook,
)
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.errors import BrokenError, CallError

__all__ = ["Link", "Side", "Thing", "arguments"]


class Side:
    """One end, its host, and the messages on their way to it."""

    def __init__(self, name: str, things: list["Thing"]) -> None:
        self.name = name
        self.inbox: deque[str] = deque()
        self.ended_with: BrokenError | None = None
        self.main = Thing(things)
        self.endpoint = Endpoint(self, TargetHook(self.main))

    def wake(self) -> None:
        """The link looks for itself."""

    def ended(self, reason: BrokenError) -> None:
        assert self.ended_with is None, "ended twice"
        self.ended_with = reason

    def report(self, error: Exception) -> None:
        raise AssertionError(f"unexpected in {self.name}") from error


class Link:
    """Joins two sides. Messages wait until they are delivered."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.sides = (Side("left", self.things), Side("right", self.things))

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
    kept() gives the oldest that it keeps; later(x) gives x when the test says so; fail() fails.
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
            case ("later",):
                pending = Pending()
                self.waiting.append((pending, value))
                return PromiseHook(pending)
            case _:
                return ErrorHook(CallError(f"{path} failed"))

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


def _stub_of(thing: Thing) -> EncodedPayload:
    reference = Reference(TargetHook(thing), is_promise=False)
    return EncodedPayload(reference, [reference])


def arguments(*values: object) -> EncodedPayload:
    """The payload of a call's arguments; takes the references in them."""
    references: list[Reference] = []

    def collect(value: object) -> None:
        if isinstance(value, Reference):
            references.append(value)
        elif isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, dict):
            for item in value.values():
                collect(item)

    collect(list(values))
    return EncodedPayload(EncodedPayload.of(list(values)).tree, references)
