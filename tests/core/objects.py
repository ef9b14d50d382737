"""Objects of the application, and hooks, as tests of the engine handle them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import Callee, ErrorHook, TargetHook, ValueHook
from capnweb_runtime.core.payload import EncodedPayload, OpenPayload, Payload, as_reference
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.errors import CallError
from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import UNDEFINED

__all__ = ["Cap", "Getter", "Later", "Outcome", "Target", "encoded", "nothing"]


class Cap:
    """A hook as a test holds it: a capability or promise, of either side."""

    def __init__(self, hook: Hook, path: Path = (), *, is_promise: bool = False) -> None:
        self.hook = hook
        self.path = path
        self.is_promise = is_promise

    def call(self, name: str | Path, *arguments: object) -> "Cap":
        path = (*self.path, *(name if isinstance(name, tuple) else (name,)))
        return Cap(self.hook.call(path, encoded(list(arguments))), is_promise=True)

    def __call__(self, *arguments: object) -> "Cap":
        return self.call((), *arguments)

    def get(self, *path: str | int) -> "Cap":
        return Cap(self.hook.get(self.path + path), is_promise=True)

    def at(self, *path: str | int) -> "Cap":
        """A property, to be passed on: nothing is asked for."""
        return Cap(self.hook, self.path + path, is_promise=True)

    def pull(self) -> "Outcome":
        outcome = Outcome(self)
        self.hook.pull(outcome.settled)
        return outcome

    def dup(self) -> "Cap":
        return Cap(self.hook.dup(), self.path, is_promise=self.is_promise)

    def dispose(self) -> None:
        self.hook.dispose()

    def on_broken(self, callback: Callable[[BaseException], object]) -> Registration:
        registration = Registration(callback)
        self.hook.on_broken(registration)
        return registration

    def reference(self) -> Reference:
        return Reference(self.hook.dup(), self.path, is_promise=self.is_promise)


class Outcome:
    """What a pull gave, once it has. It holds on to what was pulled: a promise that nobody has any
    more is released, and nobody is told what became of it.
    """

    def __init__(self, source: Cap) -> None:
        self.source = source
        self.results: list[Any] = []
        self.payload: OpenPayload | None = None

    def settled(self, settled: Settled) -> None:
        if isinstance(settled, BaseException):
            self.results.append(settled)
            return
        payload = self.payload = settled.open()

        def ready(failure: BaseException | None) -> None:
            self.results.append(payload.take(_cap) if failure is None else failure)

        payload.settle(ready)

    @property
    def value(self) -> Any:
        assert len(self.results) == 1, f"{len(self.results)} results"
        assert not isinstance(self.results[0], BaseException), self.results[0]
        return self.results[0]

    @property
    def error(self) -> BaseException:
        assert len(self.results) == 1, f"{len(self.results)} results"
        assert isinstance(self.results[0], BaseException), self.results[0]
        return self.results[0]

    @property
    def pending(self) -> bool:
        return not self.results


class Later:
    """What a method gives whose result comes when the test says so."""

    def __init__(self) -> None:
        self.cancelled = 0
        self.pending = Pending(self._cancel)

    def _cancel(self) -> bool:
        self.cancelled += 1
        return True

    def settle(self, value: object) -> None:
        self.pending.settle(ValueHook(encoded(value)))

    def fail(self, error: BaseException) -> None:
        self.pending.settle(ErrorHook(error))


class Getter:
    """A property that is made when it is read."""

    def __init__(self, read: Callable[[], object]) -> None:
        self.read = read


class Target(Callee):
    """An object of the application: methods are functions, anything else is a property.

    Methods get their arguments as plain values, with a `Cap` for each capability, which is lent.
    They return a value, which may hold Targets and Caps (lent), or a `Later`, or raise.
    """

    def __init__(self, **members: object) -> None:
        super().__init__()
        self.members = members
        self.disposals = 0
        self.on_release: Callable[[], object] = nothing

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        if len(path) > 1:
            return self.get(path[:-1]).call(path[-1:], arguments)
        method = self.members.get(str(path[0]) if path else "")
        if not callable(method):
            arguments.dispose()
            return ErrorHook(CallError(f"'{'.'.join(map(str, path))}' is not a function."))
        payload = arguments.open()
        if not payload.has_promises:
            return self._run(method, payload, arguments)
        waiting = Pending(partial(_let_go, arguments))

        def ready(failure: BaseException | None) -> None:
            if failure is not None:
                arguments.dispose()
                waiting.settle(ErrorHook(failure))
            else:
                waiting.settle(self._run(method, payload, arguments))

        payload.settle(ready)
        return PromiseHook(waiting)

    @staticmethod
    def _run(method: Callable[..., object], payload: OpenPayload, arguments: Payload) -> Hook:
        values = payload.take(_cap)
        assert isinstance(values, list)
        try:
            result = method(*values)
            if isinstance(result, Later):
                hook = PromiseHook(result.pending)
                result.pending.then(lambda _: arguments.dispose())
                return hook
            made: Hook = ValueHook(encoded(result))
        except Exception as error:
            arguments.dispose()
            return ErrorHook(error)
        arguments.dispose()
        return made

    @override
    def get(self, path: Path) -> Hook:
        member = self.members.get(str(path[0]), _MISSING)
        try:
            if isinstance(member, Getter):
                member = member.read()
            elif callable(member):
                member = Target(**{"": member})
            found = encoded(UNDEFINED if member is _MISSING else member)
        except Exception as error:
            return ErrorHook(error)
        hook = ValueHook(found)
        rest = hook.get(path[1:])
        hook.dispose()
        return rest

    @override
    def released(self) -> None:
        assert self.handles == 0
        self.disposals += 1
        self.on_release()

    @property
    def alive(self) -> bool:
        return self.handles > 0


_MISSING: object = object()


def _let_go(arguments: Payload) -> bool:
    arguments.dispose()
    return False


def nothing() -> None:
    pass


def _cap(reference: Reference) -> Cap:
    return Cap(reference.hook, reference.path, is_promise=reference.is_promise)


def _adapt(value: object) -> object:
    if isinstance(value, Cap):
        return value.reference()
    if isinstance(value, Callee):
        return Reference(TargetHook(value), is_promise=False)
    if isinstance(value, Later):
        return Reference(PromiseHook(value.pending), is_promise=True)
    return value


def encoded(value: object) -> EncodedPayload:
    """The payload of a value of the application; what is in it is lent."""
    encoder = Encoder(_adapt, DEFAULT_LIMITS.depth)
    try:
        tree = encoder.encode(value)
    except BaseException:
        for leaf in encoder.leaves:
            as_reference(leaf).hook.dispose()
        raise
    return EncodedPayload(tree, [as_reference(leaf) for leaf in encoder.leaves])
