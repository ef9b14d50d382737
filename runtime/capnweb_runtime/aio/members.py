"""Members of local objects: what a call of one, or reading it, runs and what its result becomes."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from typing_extensions import override

from capnweb_runtime.aio.calls import Handler
from capnweb_runtime.aio.interfaces import Getter, Interface, Method, Overloads
from capnweb_runtime.aio.refs import encode_result, finish_nothing, positional, take
from capnweb_runtime.core.payload import OpenPayload, Payload

__all__ = [
    "OfferedText",
    "OverloadedMethod",
    "TypedMethod",
    "TypedProperty",
    "UntypedMethod",
    "UntypedProperty",
]

M = TypeVar("M", bound=Method | Overloads | Getter)


class _Typed(Handler, Generic[M]):
    """A member of an object as its interface declares it."""

    __slots__ = ("_interface", "_member", "_target")

    def __init__(self, target: object, interface: Interface, member: M) -> None:
        self._target = target
        self._interface = interface
        self._member = member

    @override
    def label(self) -> str:
        return f"{self._interface.name}.{self._member.name}"


class TypedMethod(_Typed[Method]):
    """One call of a method."""

    __slots__ = ()

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        function = getattr(self._target, self._member.attribute)
        values, options = self._member.bind(self._interface.name, function, take(arguments))
        return function(*values, **options)

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(self._member.returns.send(result))


class OverloadedMethod(_Typed[Overloads]):
    """One call of a method with several signatures: its arguments say what its result is."""

    __slots__ = ("_chosen",)

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        function = getattr(self._target, self._member.attribute)
        values = take(arguments)
        self._chosen, given, options = self._member.bind(self._interface.name, function, values)
        return function(*given, **options)

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(self._chosen.returns.send(result))


class TypedProperty(_Typed[Getter]):
    """One reading of a property."""

    __slots__ = ()

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        return getattr(self._target, self._member.attribute)

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(self._member.returns.send(result))


class OfferedText(Handler):
    """A text about the contract, which is served beside the members."""

    __slots__ = ("_name", "_owner", "_text")

    def __init__(self, owner: str, name: str | int, text: Callable[[], str]) -> None:
        self._owner = owner
        self._name = name
        self._text = text

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        return self._text()

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(result)

    @override
    def label(self) -> str:
        return f"{self._owner}.{self._name}"


class _Untyped(Handler):
    """A member of an object as its class defines it."""

    __slots__ = ("_member", "_name", "_target")

    def __init__(self, target: object, name: str | int, member: object) -> None:
        self._target = target
        self._name = name
        self._member: Any = member

    @override
    def label(self) -> str:
        return f"{type(self._target).__qualname__}.{self._name}"


class UntypedMethod(_Untyped):
    """One call of a method, whose arguments are as they came."""

    __slots__ = ()

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        function = self._member.__get__(self._target, type(self._target))
        return function(*positional(function, take(arguments)))

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(result) if result is not None else finish_nothing(self._member)


class UntypedProperty(_Untyped):
    """One reading of a property."""

    __slots__ = ()

    @override
    def invoke(self, arguments: OpenPayload) -> object:
        return self._member.__get__(self._target)

    @override
    def finish(self, result: object) -> Payload:
        return encode_result(result)
