"""Functions by reference: they can be called, and have no members."""

import inspect
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from capnweb_runtime.aio.calls import Handler, start
from capnweb_runtime.aio.disposal import Lifetime
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import Callee, ErrorHook, TargetHook, ValueHook
from capnweb_runtime.core.paths import path_text
from capnweb_runtime.core.payload import EncodedPayload, OpenPayload, Payload
from capnweb_runtime.errors import CallError
from capnweb_runtime.wire.expressions import UNDEFINED_EXPRESSION

__all__ = ["UNDEFINED_HOOK", "FunctionCallee", "LocalCallee", "not_a_function", "reference"]

#: What is read where nothing is.
UNDEFINED_HOOK = ValueHook(EncodedPayload(UNDEFINED_EXPRESSION))


class LocalCallee(Callee):
    """A local object or function, which is told when nobody refers to it any more."""

    __slots__ = ("_lifetime",)

    def __init__(self, value: object) -> None:
        super().__init__()
        self._lifetime = Lifetime.of(value)

    @abstractmethod
    def described(self) -> str:
        """What it is, for people: ``a ChatServer``, ``the function on_news``."""

    @override
    def released(self) -> None:
        if self._lifetime is not None:
            self._lifetime.leave()


class FunctionCallee(LocalCallee, Handler):
    """A function, lambda, bound method or other callable (a `Handler` of its calls)."""

    __slots__ = ("_finish", "_function", "_named")

    def __init__(
        self,
        owner: object,
        function: Callable[[OpenPayload], object],
        finish: Callable[[object], Payload],
        label: str | None = None,
    ) -> None:
        """`owner` is told when nobody refers to it any more.

        `label` is how the log names it, if not as the owner.
        """
        super().__init__(owner)
        self._named = owner if label is None else label
        self._function = function
        self._finish = finish

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        return self._function(arguments)

    @override
    def finish(self, result: object) -> Payload:
        return self._finish(result)

    @override
    def label(self) -> str:
        named: Any = self._named
        if isinstance(named, str):
            return named
        # Of the application's own objects no attribute is asked: that may raise anything.
        return str(named.__qualname__ if inspect.isroutine(named) else type(named).__qualname__)

    @override
    def described(self) -> str:
        return f"the function {self.label()}"

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        if path:
            arguments.dispose()
            return not_a_function(path)
        return start(arguments, self)

    @override
    def get(self, path: Path) -> Hook:
        return UNDEFINED_HOOK.get(path[1:])


def reference(callee: Callee) -> Reference:
    """Gives a reference to a local object or function."""
    return Reference(TargetHook(callee), is_promise=False)


def not_a_function(path: Path) -> Hook:
    """The outcome of a call of what is no function."""
    return ErrorHook(CallError(f"'{path_text(path)}' is not a function."))
