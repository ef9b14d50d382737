"""Endpoints without an event loop, and a check that nothing is left.

Everything a test makes belongs to a `World`. When the test is over the world closes what is open,
and insists that both tables of every end are empty, that nothing refers to an object of the
application any more, and that nothing was reported that the test did not expect.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint, Stats
from capnweb_runtime.core.hooks import Callee, TargetHook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.streamed_calls import StreamingEndpoint
from capnweb_runtime.core.streams import PartHook, StreamWriter
from capnweb_runtime.errors import BrokenError, SessionClosedError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.structured import StructuredCodec
from tests.core.objects import Cap, Target, nothing

__all__ = ["EMPTY", "QUIET", "End", "Pair", "World"]

QUIET = Stats(imports=1, exports=1)
EMPTY = Stats(imports=0, exports=0)


class End(Host):
    """One end of a session."""

    def __init__(
        self,
        world: "World",
        main: Callee | None = None,
        limits: Limits = DEFAULT_LIMITS,
        call_timeout: float | None = None,
        codec: StructuredCodec | None = None,
        *,
        streaming: bool = False,
    ) -> None:
        self.reason: BrokenError | None = None
        self.reported: list[BaseException] = []
        self.on_end: Callable[[], object] = nothing
        self._awake = False
        self.time = 1.0
        hook = None if main is None else TargetHook(main)
        kind = StreamingEndpoint if streaming else Endpoint
        self.endpoint = kind(self, hook, limits, call_timeout=call_timeout, codec=codec)
        world.ends.append(self)

    # ---- for the endpoint

    @override
    def wake(self, *, lazily: bool = False) -> None:
        self._awake = True

    @override
    def send(self, messages: list[object]) -> bool:
        return False

    @override
    def ended(self, reason: BrokenError) -> None:
        assert self.reason is None, "ended twice"
        self.reason = reason
        self.on_end()

    @override
    def now(self) -> float:
        return self.time

    @override
    def unwrap(self, part: PartHook) -> object:
        return part

    @override
    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        writer.give_up()  # what streams do is shown in test_streams.py

    @override
    def report(self, error: BaseException) -> None:
        self.reported.append(error)

    # ---- for the test

    @property
    def main(self) -> Cap:
        """The peer's main object."""
        return Cap(self.endpoint.main)

    @property
    def stats(self) -> Stats:
        return self.endpoint.stats()

    def take(self) -> list[Any]:
        """What it has to send."""
        messages = self.endpoint.take_outgoing()
        assert self._awake or not messages, "it did not say that there is something to send"
        self._awake = False
        return messages

    def sent(self) -> list[Any]:
        """What it has to send, parsed."""
        return [_parsed(message) for message in self.take()]

    def feed(self, *messages: Any) -> list[Any]:
        """Receive messages (text, or what is made into it); gives what is sent after the last."""
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            self.endpoint.receive(text)
        return self.sent()

    def close(self) -> None:
        self.endpoint.close(SessionClosedError("the test is over"))


class Pair:
    """Two ends, joined. Messages travel when `pump` is called."""

    def __init__(self, left: End, right: End) -> None:
        self.left = left
        self.right = right
        self.frames: list[tuple[str, Any]] = []
        self._to_left: deque[object] = deque()
        self._to_right: deque[object] = deque()

    def collect(self) -> bool:
        """Put on its way what either end has to send; gives whether anything is under way."""
        for name, end, way in (
            ("->", self.left, self._to_right),
            ("<-", self.right, self._to_left),
        ):
            messages = end.take()
            self.frames += [(name, _parsed(message)) for message in messages]
            way.extend(messages)
        return bool(self._to_left or self._to_right)

    def deliver(self, end: End) -> None:
        """Let one end receive what is under way to it."""
        way = self._to_left if end is self.left else self._to_right
        while way:
            end.endpoint.receive(way.popleft())

    def pump(self) -> list[tuple[str, Any]]:
        """Deliver everything, and what comes of it; gives the frames that were seen."""
        while self.collect():
            self.deliver(self.right)
            self.collect()
            self.deliver(self.left)
        frames, self.frames = self.frames, []
        return frames


class World:
    """What belongs to one test."""

    def __init__(self) -> None:
        self.ends: list[End] = []
        self.targets: list[Target] = []
        self.pairs: list[Pair] = []

    def target(self, **members: object) -> Target:
        target = Target(**members)
        self.targets.append(target)
        return target

    def end(
        self,
        main: Callee | None = None,
        limits: Limits = DEFAULT_LIMITS,
        codec: StructuredCodec | None = None,
        *,
        streaming: bool = False,
    ) -> End:
        """An end; its messages are text, or what the codec makes.

        `streaming`: its calls may become streams.
        """
        return End(self, main, limits, codec=codec, streaming=streaming)

    def pair(
        self,
        right: Callee | None = None,
        left: Callee | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        codec: StructuredCodec | None = None,
        streaming: bool = False,
    ) -> Pair:
        """Two ends; `right` is what the left one calls. `limits` are those of the right one."""
        pair = Pair(
            self.end(left, codec=codec, streaming=streaming),
            self.end(right, limits, codec, streaming=streaming),
        )
        self.pairs.append(pair)
        return pair

    @classmethod
    @contextmanager
    def checked(cls) -> Iterator[Self]:
        """A world, in which nothing may be left when it ends."""
        world = cls()
        yield world
        world.check_quiet()
        world.check_closed()

    def check_quiet(self) -> None:
        """Joined ends that are open have let go of everything that they had together."""
        while [frames for pair in self.pairs if (frames := pair.pump())]:
            pass  # what one releases another may forward
        for pair in self.pairs:
            for end in (pair.left, pair.right):
                if end.reason is None:
                    assert end.stats == QUIET, f"{end.stats} is left"

    def check_closed(self) -> None:
        """Ends that are closed have nothing at all, and said nothing after the end."""
        for end in self.ends:
            end.take()
            end.close()
            assert end.stats == EMPTY, f"{end.stats} is left after the end"
            assert not end.take(), "something was sent after the end"
            assert not end.reported
            end.endpoint.main.dispose()
        for target in self.targets:
            assert target.handles == 0, f"{target.members.keys()} is referred to after the end"


def _parsed(message: object) -> Any:
    """A message to be looked at: the tree of a text, or what a codec made, as it is."""
    return json.loads(message) if isinstance(message, str) else message
