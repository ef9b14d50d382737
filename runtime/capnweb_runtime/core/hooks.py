"""The hooks that do not leave this side: error, value, target (and promise: core/pending.py)."""

from abc import abstractmethod
from collections.abc import Callable

from typing_extensions import override

from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.paths import follow, path_text
from capnweb_runtime.core.payload import (
    EncodedPayload,
    Payload,
    PlainPayload,
    copy_tree,
    pull_reference,
    reference_payload,
)
from capnweb_runtime.errors import CallError, DisposedError
from capnweb_runtime.wire.encode import is_plain
from capnweb_runtime.wire.errors import forget_traceback
from capnweb_runtime.wire.expressions import Expression

__all__ = [
    "Callee",
    "ErrorHook",
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
        root = self.payload.root
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


@mypyc_attr(allow_interpreted_subclasses=True)
class Callee:
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


@mypyc_attr(allow_interpreted_subclasses=True)
class TargetHook(Hook):
    """A reference to an object or function of this side's application."""

    __slots__ = ("_callee",)

    def __init__(self, callee: Callee) -> None:
        callee.handles += 1
        self._callee: Callee | None = callee

    @property
    def callee(self) -> Callee | None:
        """What it refers to, None if it was disposed of."""
        return self._callee

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

    def __del__(self) -> None:
        if self._callee is not None:
            self.dispose()

    @override
    def on_broken(self, registration: Registration) -> None:
        registration.undo()  # what is local is never lost


def hook_of(tree: Expression) -> Hook:
    """Gives a hook for a part of an expression, whose references are lent."""
    if is_plain(tree):
        return ValueHook(PlainPayload(tree, tree))
    references: list[Reference] = []
    copy = copy_tree(tree, references)
    # An expression is never changed, so one without references is shared rather than copied.
    return ValueHook(EncodedPayload(copy if references else tree, references))


def disposed() -> ErrorHook:
    """What is left of a hook that was disposed of."""
    return ErrorHook(DisposedError("a stub or promise was used after it had been disposed of"))
