"""The hooks that do not leave this side: error, value, pending promise, target."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.paths import follow, path_text
from capnweb_runtime.core.payload import (
    EncodedPayload,
    Payload,
    copy_tree,
    pull_reference,
    reference_payload,
)
from capnweb_runtime.errors import CallError, DisposedError, RpcError
from capnweb_runtime.wire.errors import forget_traceback
from capnweb_runtime.wire.expressions import Expression

__all__ = [
    "Callee",
    "ErrorHook",
    "Pending",
    "PromiseHook",
    "TargetHook",
    "ValueHook",
    "disposed",
    "hook_of",
]


class ErrorHook(Hook):
    """What failed. Everything asked of it fails in the same way."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        # The traceback leads to frames that lead back here, and would keep all that they handled
        # (the message, the arguments, the caller's stubs) for as long as the peer keeps the result.
        self.error = forget_traceback(error)

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        arguments.dispose()
        return self

    @override
    def get(self, path: Path) -> Hook:
        return self

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        mapper.dispose()
        return self

    @override
    def dup(self) -> Hook:
        return self

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(self.error)

    @override
    def dispose(self) -> None:
        pass

    @override
    def on_broken(self, registration: Registration) -> None:
        registration.run(self.error)


class ValueHook(Hook):
    """A value that is here."""

    __slots__ = ("payload",)

    def __init__(self, payload: Payload) -> None:
        """Takes the payload."""
        self.payload = payload

    @property
    def root(self) -> Reference | None:
        """The reference that the whole value is, if it is one."""
        return self.payload.root

    @property
    @override
    def target(self) -> Hook:
        root = self.root
        return root.hook.target if root is not None and not root.path else self

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        try:
            node, rest = follow(self.payload.tree, path)
        except CallError as error:
            arguments.dispose()
            return ErrorHook(error)
        if isinstance(node, Reference):
            return node.hook.call(node.path + rest, arguments)
        arguments.dispose()
        return ErrorHook(CallError(f"'{path_text(path)}' is not a function."))

    @override
    def get(self, path: Path) -> Hook:
        try:
            node, rest = follow(self.payload.tree, path)
        except CallError as error:
            return ErrorHook(error)
        if isinstance(node, Reference):
            if node.path or rest:
                return node.hook.get(node.path + rest)
            return node.hook.dup()
        return hook_of(node) if path else self.dup()

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        try:
            node, rest = follow(self.payload.tree, path)
        except CallError as error:
            mapper.dispose()
            return ErrorHook(error)
        if isinstance(node, Reference):
            return node.hook.map(node.path + rest, mapper)
        try:
            return mapper.apply(node)
        finally:
            mapper.dispose()

    @override
    def dup(self) -> Hook:
        return ValueHook(self.payload.dup())

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        root = self.root
        if root is not None and root.is_promise:
            pull_reference(root, then)
        else:
            then(self.payload)

    @override
    def dispose(self) -> None:
        self.payload.dispose()

    @override
    def on_broken(self, registration: Registration) -> None:
        # A value that is here cannot be lost, unless it is nothing but a capability.
        root = self.root
        if root is not None:
            root.hook.on_broken(registration)
        else:
            registration.undo()


class Pending:
    """A promise of this side: what it will become is not known yet.

    Calls made on it wait in line. They are handed on in the order they were made, and one made
    while the line is being handed on joins its end: nothing overtakes.
    """

    __slots__ = ("_cancel", "_line", "calls", "handles", "resolution")

    def __init__(self, cancel: Callable[[], None] | None = None) -> None:
        """`cancel` is called if the result is not wanted any more."""
        self.resolution: Hook | None = None
        self.handles = 0
        self.calls = 0
        self._cancel = cancel
        self._line: list[Callable[[Hook], None] | _Step] = []

    def settle(self, hook: Hook) -> None:
        """It has become `hook`, which it takes."""
        # Depth first, on a stack of its own: what this one has become makes the value of the next,
        # and a peer's chain of calls on results of calls may be longer than Python's stack.
        stack: list[tuple[Pending, Hook, int]] = [(self, hook, 0)]
        while stack:
            pending, hook, position = stack.pop()
            pending._cancel = None
            if position < len(pending._line):
                stack.append((pending, hook, position + 1))
                waiting = pending._line[position]
                if isinstance(waiting, _Step):
                    stack.append((waiting.result, waiting.take(hook), 0))
                else:
                    waiting(hook)
            else:
                pending._settled(hook)

    def _settled(self, hook: Hook) -> None:
        self._line.clear()
        self.resolution = hook
        if self.handles == 0:
            hook.dispose()

    def step(self, action: Callable[[Hook], Hook]) -> "Pending":
        """Gives the promise of what `action` will make of what this becomes."""
        result = Pending()
        self.calls += 1
        self._line.append(_Step(action, result))
        return result

    def then(self, callback: Callable[[Hook], None]) -> None:
        """Call `callback` with what it becomes (lent), after all that wait already."""
        if self.resolution is None:
            self._line.append(callback)
        else:
            callback(self.resolution)

    def cancel(self) -> None:
        """Its result is not wanted any more: tell whoever is working on it."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()


class _Step:
    """A call or read that waits for a promise, and what it will give."""

    __slots__ = ("_action", "result")

    def __init__(self, action: Callable[[Hook], Hook], result: Pending) -> None:
        self._action = action
        self.result = result

    def take(self, hook: Hook) -> Hook:
        try:
            return self._action(hook)
        except RpcError as error:  # the arguments cannot be sent to where they have to go
            return ErrorHook(error)


class PromiseHook(Hook):
    """A reference to a `Pending`."""

    __slots__ = ("_pending",)

    def __init__(self, pending: Pending) -> None:
        pending.handles += 1
        self._pending: Pending | None = pending

    @property
    def pending(self) -> Pending | None:
        """What it waits for, None if that is there."""
        pending = self._pending
        return pending if pending is not None and pending.resolution is None else None

    @property
    @override
    def target(self) -> Hook:
        pending = self._pending
        return self if pending is None or pending.resolution is None else pending.resolution.target

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        pending = self._pending
        if pending is None:
            arguments.dispose()
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.call(path, arguments)
        return PromiseHook(pending.step(lambda hook: hook.call(path, arguments)))

    @override
    def get(self, path: Path) -> Hook:
        pending = self._pending
        if pending is None:
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.get(path)
        if not path:
            return self.dup()
        return PromiseHook(pending.step(lambda hook: hook.get(path)))

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        pending = self._pending
        if pending is None:
            mapper.dispose()
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.map(path, mapper)
        return PromiseHook(pending.step(lambda hook: hook.map(path, mapper)))

    @override
    def dup(self) -> Hook:
        return disposed() if self._pending is None else PromiseHook(self._pending)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        if self._pending is None:
            then(disposed().error)
        else:
            self._pending.then(lambda hook: hook.pull(then))

    def when_resolved(self, then: Callable[[Hook], None]) -> None:
        """As `pull`, but `then` gets what it becomes even if that is a promise again."""
        if self._pending is None:
            then(disposed())
        else:
            self._pending.then(then)

    @override
    def dispose(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.handles -= 1
            if pending.handles == 0 and pending.resolution is not None:
                pending.resolution.dispose()

    def __del__(self) -> None:
        # What the promise became may be in use still, in a value that was made of it: let the
        # collector find out.
        if self._pending is not None:
            self._pending.handles -= 1

    def cancel(self, *, with_queue: bool) -> None:
        """The owner of this reference does not want the result any more.

        The work goes on if somebody else may still want it: another reference, or (unless
        `with_queue`) a call that waits for it.
        """
        pending = self._pending
        if pending is None or pending.handles > 1 or (pending.calls and not with_queue):
            return
        if isinstance(pending.resolution, PromiseHook):
            pending.resolution.cancel(with_queue=with_queue)
        else:
            pending.cancel()

    @override
    def on_broken(self, registration: Registration) -> None:
        if self._pending is not None:
            self._pending.then(lambda hook: hook.on_broken(registration))


class Callee(ABC):
    """An object or function of this side's application that can be called (the shell derives it).

    It counts the hooks that refer to it, in all sessions and here.
    """

    __slots__ = ("handles",)

    def __init__(self) -> None:
        self.handles = 0

    @abstractmethod
    def call(self, path: Path, arguments: Payload) -> Hook:
        """Start a call. Takes the arguments; gives the result or a promise. Never raises."""

    @abstractmethod
    def get(self, path: Path) -> Hook:
        """Read a property (`path` is not empty). Gives its value or a promise. Never raises."""

    @abstractmethod
    def released(self) -> None:
        """The last hook is gone. Called from wherever Python collects garbage: run nothing here."""


class TargetHook(Hook):
    """A reference to an object or function of this side's application."""

    __slots__ = ("_callee",)

    def __init__(self, callee: Callee) -> None:
        callee.handles += 1
        self._callee: Callee | None = callee

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        if self._callee is None:
            arguments.dispose()
            return disposed()
        return self._callee.call(path, arguments)

    @override
    def get(self, path: Path) -> Hook:
        if self._callee is None:
            return disposed()
        return self._callee.get(path) if path else self.dup()

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        if path:
            return self.get(path).map((), mapper)
        try:
            return mapper.apply(Reference(self, is_promise=False))
        finally:
            mapper.dispose()

    @override
    def dup(self) -> Hook:
        return disposed() if self._callee is None else TargetHook(self._callee)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(reference_payload(Reference(self.dup(), is_promise=False)))

    @override
    def dispose(self) -> None:
        callee, self._callee = self._callee, None
        if callee is not None:
            callee.handles -= 1
            if callee.handles == 0:
                callee.released()

    __del__ = dispose

    @override
    def on_broken(self, registration: Registration) -> None:
        registration.undo()  # what is local is never lost


def hook_of(tree: Expression) -> Hook:
    """Gives a hook for a part of an expression, whose references are lent."""
    references: list[Reference] = []
    copy = copy_tree(tree, references)
    # An expression is never changed, so one without references is shared rather than copied.
    return ValueHook(EncodedPayload(copy if references else tree, references))


def disposed() -> ErrorHook:
    """What is left of a hook that was disposed of."""
    return ErrorHook(DisposedError("a stub or promise was used after it had been disposed of"))
