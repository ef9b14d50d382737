"""Two joined sessions under random use.

Calls, pipelining, stubs passed back and forth, disposal, delayed delivery, and a cut. Whatever was
done: no unexpected exception, and when all is quiet the tables of the two ends mirror each other.
When everything is let go, they are back to the start.
"""

from collections.abc import Callable
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook, Reference, Registration, Settled
from capnweb_runtime.core.recording import Recorder
from capnweb_runtime.core.streamed_calls import StreamingEndpoint
from capnweb_runtime.core.streams import Once, SourceHook
from capnweb_runtime.errors import BrokenError, ConnectionLostError, RpcError
from tests.joined.things import Link, arguments

SIDES = st.sampled_from((0, 1))
METHODS = st.sampled_from(
    ("echo", "make", "keep", "kept", "later", "drain", "fail", "no_such_method")
)
PATHS = st.sampled_from(((), ("a",), (0,), ("a", 0), ("toString",)))


def promise(hook: Hook) -> Reference:
    return Reference(hook, is_promise=True)


class Held:
    """A hook that can be forgotten: hypothesis itself holds on to what is in a bundle."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook

    def forget(self) -> None:
        del self.hook


class TwoSessions(RuleBasedStateMachine):
    kind: ClassVar[type[Endpoint]] = Endpoint

    hooks: Bundle[Held] = Bundle("hooks")

    def __init__(self) -> None:
        super().__init__()
        self.link = Link(self.kind)
        self.cut_off = False
        self.held: list[Held] = []
        self.results: list[Settled] = []
        self.asked = 0
        self.broken: list[BaseException] = []
        self.registered = 0

    def _hold(self, hook: Hook) -> Held:
        held = Held(hook)
        self.held.append(held)
        return held

    @rule(target=hooks, side=SIDES)
    def main(self, side: int) -> Held:
        return self._hold(self.link.sides[side].endpoint.main.dup())

    @rule(target=hooks, hook=hooks, method=METHODS, nest=st.sampled_from(("no", "list", "dict")))
    def call(self, hook: Held, method: str, nest: str) -> Held:
        value: object = {"no": "text", "list": [1, [2.5, None]], "dict": {"a": ["deep"]}}[nest]
        return self._hold(hook.hook.call((method,), arguments(value)))

    @rule(
        target=hooks,
        hook=hooks,
        passed=hooks,
        method=METHODS,
        path=PATHS,
        is_promise=st.booleans(),
        nest=st.sampled_from(("no", "list", "dict")),
    )
    def call_with_hook(  # noqa: PLR0917 (each is drawn)
        self,
        hook: Held,
        passed: Held,
        method: str,
        path: tuple[str | int, ...],
        is_promise: bool,
        nest: str,
    ) -> Held:
        reference = Reference(passed.hook.dup(), path if is_promise else (), is_promise=is_promise)
        value: object = {"no": reference, "list": [1, [reference]], "dict": {"a": [reference]}}[
            nest
        ]
        try:
            return self._hold(hook.hook.call((method,), arguments(value)))
        except RpcError:
            return hook

    @rule(target=hooks, hook=hooks, passed=hooks, method=METHODS, count=st.integers(0, 5))
    def call_with_stream(self, hook: Held, passed: Held, method: str, count: int) -> Held:
        chunks: list[object] = [number if number % 2 else "chunk" for number in range(count)]
        if count > 3:
            chunks.append(Reference(passed.hook.dup(), is_promise=False))
        source = SourceHook(chunks, lambda _: chunks, Once(lambda: None))
        stream = Reference(source, is_promise=False)
        try:
            return self._hold(hook.hook.call((method,), arguments(stream)))
        except RpcError:
            return hook

    @rule(
        target=hooks, hook=hooks, captured=hooks, method=METHODS, path=PATHS, nested=st.booleans()
    )
    def map(
        self, hook: Held, captured: Held, method: str, path: tuple[str | int, ...], nested: bool
    ) -> Held:
        recorder = Recorder(hook.hook, path, None)
        called = recorder.call(captured.hook, (method,), arguments(promise(recorder.input())))
        result = promise(called)
        if nested:
            inner = Recorder(called, ("a",), recorder)
            deep = inner.call(captured.hook, ("echo",), arguments(promise(inner.input())))
            result = promise(inner.finish(arguments(promise(deep), 1)))
        try:
            return self._hold(recorder.finish(arguments(result)))
        except RpcError:
            return hook

    @rule(target=hooks, hook=hooks, path=PATHS)
    def get(self, hook: Held, path: tuple[str | int, ...]) -> Held:
        return self._hold(hook.hook.get(path))

    @rule(target=hooks, hook=hooks)
    def dup(self, hook: Held) -> Held:
        return self._hold(hook.hook.dup())

    @rule(hook=hooks)
    def pull(self, hook: Held) -> None:
        self.asked += 1
        hook.hook.pull(self.results.append)

    @rule(target=hooks, hook=hooks, method=METHODS)
    def call_and_pull(self, hook: Held, method: str) -> Held:
        """As an await does."""
        called = self._hold(hook.hook.call((method,), arguments("text")))
        self.pull(called)
        return called

    @rule(hook=hooks)
    def watch(self, hook: Held) -> None:
        self.registered += 1
        hook.hook.on_broken(Registration(self.broken.append))

    @rule(hook=consumes(hooks))
    def dispose(self, hook: Held) -> None:
        hook.hook.dispose()

    @rule(hook=consumes(hooks))
    def forget(self, hook: Held) -> None:
        self.held.remove(hook)
        hook.forget()

    @rule(side=SIDES, count=st.integers(1, 5))
    def deliver(self, side: int, count: int) -> None:
        self.link.deliver(side, count)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        waiting = [thing for thing in self.link.things if thing.waiting]
        if waiting:
            data.draw(st.sampled_from(waiting)).settle_next()

    @rule(data=st.data())
    def cut(self, data: st.DataObject) -> None:
        if data.draw(st.integers(0, 9)) == 0:  # seldom: after it little is left to see
            self.cut_off = True
            for side in self.link.sides:
                side.inbox.clear()
                side.endpoint.close(ConnectionLostError("cut"))

    @invariant()
    def nobody_is_at_fault(self) -> None:
        for side in self.link.sides:
            assert (side.ended_with is not None) == self.cut_off, side.ended_with

    @rule()
    def quiet(self) -> None:
        """When nothing is on its way, what one side imports is what the other exports."""
        self.link.run_dry()
        left, right = (side.endpoint for side in self.link.sides)
        if not self.cut_off:
            for importer, exporter in ((left, right), (right, left)):
                imports = {int(e.id): e.introductions for e in importer._imports._entries.values()}
                exports = {i: e.introductions for i, e in exporter._exports._entries.items()}
                self._check_mirror(imports, exports, exporter)

    def _check_mirror(
        self, imports: dict[int, int], exports: dict[int, int], exporter: Endpoint
    ) -> None:
        assert imports == exports, exporter

    @override
    def teardown(self) -> None:
        for held in self.held:
            held.hook.dispose()
        self.link.run_dry()
        # Letting go may make things that keep other things go as well, which takes messages.
        while any(thing.keeping or thing.waiting for thing in self.link.things):
            for thing in self.link.things:
                thing.let_go()
            self.link.run_dry()
        self.link.run_dry()
        assert len(self.results) == self.asked, "a pull was never answered"
        self.results.clear()  # a value keeps the capabilities in it alive
        self.link.run_dry()
        self._check_end()

    def _check_end(self) -> None:
        for side in self.link.sides:
            expected = (0, 0) if self.cut_off else (1, 1)
            assert side.endpoint.stats() == expected, f"{side.name} leaks {side.endpoint.stats()}"
        mains = [side.main for side in self.link.sides]
        for thing in self.link.things:
            held = thing in mains and not self.cut_off
            assert (thing.handles, thing.disposals) == ((1, 0) if held else (0, thing.disposals))
        assert all(isinstance(reason, BrokenError | RpcError) for reason in self.broken)


class TwoStreamingSessions(TwoSessions):
    """The same, with calls that become streams."""

    kind = StreamingEndpoint

    @override
    def _check_mirror(
        self, imports: dict[int, int], exports: dict[int, int], exporter: Endpoint
    ) -> None:
        # Of a stream that is given up the peer is not told: it knows it until it has answered.
        answering = {i for i, e in exporter._exports._entries.items() if e.passing}
        assert {i: n for i, n in exports.items() if i in imports or i not in answering} == imports


TestTwoSessions: Callable[..., object] = TwoSessions.TestCase
TestTwoStreamingSessions: Callable[..., object] = TwoStreamingSessions.TestCase
for each in (TwoSessions, TwoStreamingSessions):
    each.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
