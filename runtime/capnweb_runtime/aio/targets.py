"""Local objects by reference: what of them is reachable, and how it is called.

Deny by default. Of an object served by a generated interface its members are reachable; of an
untyped `Target` the public methods and properties defined on its class: never instance attributes,
names that begin with an underscore, or what is inherited from `Target` and the like.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, cast

from typing_extensions import override

from capnweb_runtime.aio.calls import Handler, start
from capnweb_runtime.aio.contracts import CONTRACT, DIGEST, Contract
from capnweb_runtime.aio.functions import (
    UNDEFINED_HOOK,
    FunctionCallee,
    LocalCallee,
    not_a_function,
    reference,
)
from capnweb_runtime.aio.interfaces import Getter, Interface, Method, Overloads
from capnweb_runtime.aio.members import (
    OfferedText,
    OverloadedMethod,
    TypedMethod,
    TypedProperty,
    UntypedMethod,
    UntypedProperty,
)
from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.referable import Referable
from capnweb_runtime.aio.refs import by_reference, encode_result, take
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import ErrorHook, TargetHook
from capnweb_runtime.core.payload import EncodedPayload, OpenPayload, Payload
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import CallError
from capnweb_runtime.wire.expressions import RESERVED_KEYS, UNDEFINED

if TYPE_CHECKING:
    from capnweb_runtime.aio.shapes import Shape

__all__ = [
    "Target",
    "bind_interface",
    "hook_of",
    "main_hook",
    "reference_to",
    "reference_to_function",
]


class Target(Referable):
    """Base of untyped objects that go by reference (npm package: RpcTarget).

    The public methods and properties that its subclasses define can be called and read by the peer.
    """

    __slots__ = ()

    @override
    def __rpc_reference__(self) -> Reference:
        return reference(_UntypedCallee(self))


#: Where a class says which generated interface it serves.
_INTERFACE: Final = "__capnweb_interface__"

#: Classes whose members are nobody's API.
_BARE: Final = frozenset({object, Target, Referable, ABC, Protocol, Generic})

_NOTHING: Final = object()

#: What of a class's attributes is reachable at all.
_REACHABLE: Final = (property, staticmethod, classmethod, FunctionType)


def bind_interface(target: type, interface: Interface) -> None:
    """Say that instances of `target` and its subclasses serve `interface`."""
    # Set from outside, so that type checkers do not count them among the members of the Protocol.
    setattr(target, _INTERFACE, interface)
    setattr(target, "__rpc_reference__", _by_own_interface)  # noqa: B010


def _by_own_interface(target: object) -> Reference:
    return reference(_InterfaceCallee(target, getattr(type(target), _INTERFACE)))


def hook_of(value: object) -> Hook:
    """Gives a hook for an object that goes by reference: a stub's own, or one for a target.

    Raises:
        CallError: if it does not go by reference.
    """
    made = by_reference(value)
    if made is None:
        raise CallError(
            f"a {type(value).__qualname__} does not go by reference: inherit the generated "
            "...Target of its interface, or capnweb_runtime.Target; if generic, pass what its "
            "export_... function gives"
        )
    return made.hook.get(made.path) if made.path else made.hook


def main_hook(value: object, options: Options) -> Hook:
    """As `hook_of`, for the main object of a session; it may offer its contract.

    Raises:
        CallError: if it is to offer one, and has none.
    """
    if not options.offer_contract:
        return hook_of(value)
    interface = getattr(type(value), _INTERFACE, None)
    if not isinstance(interface, Interface) or interface.contract is None:
        raise CallError(
            f"offer_contract: a {type(value).__qualname__} has none; what inherits the generated "
            "...Target of an interface has"
        )
    return TargetHook(_InterfaceCallee(value, interface, interface.contract))


def reference_to(value: object, interface: Interface) -> Reference:
    """Gives a reference to an object where `interface` is declared.

    It answers to that interface alone, whatever else its class serves: who hands an object on as
    something less means it so.

    Raises:
        CallError: if the object lacks a member.
    """
    own = getattr(type(value), _INTERFACE, None)
    if isinstance(own, Interface) and own.extends(interface):
        return reference(_InterfaceCallee(value, interface))
    missing = [
        member.attribute
        for member in interface.members.values()
        # On the class first, so that no property is run for it.
        if not hasattr(type(value), member.attribute) and not hasattr(value, member.attribute)
    ]
    if missing:
        raise CallError(
            f"a {type(value).__qualname__} is no {interface.name}: it lacks {', '.join(missing)}"
        )
    return reference(_InterfaceCallee(value, interface))


def reference_to_function(
    function: object, params: "tuple[Shape[Any, Any], ...]", returns: "Shape[Any, Any]"
) -> Reference:
    """Gives a reference to a function where a function type is declared.

    Raises:
        CallError: if it cannot be called.
    """
    if not callable(function):
        raise CallError(f"a {type(function).__qualname__} is no function")
    name = getattr(function, "__name__", type(function).__name__)

    def invoke(arguments: OpenPayload) -> object:
        values: list[object] = take(arguments)
        values += [UNDEFINED] * (len(params) - len(values))
        return function(
            *(
                shape.receive(
                    None if value is UNDEFINED else value,
                    partial("{}(argument {})".format, name, index),
                )
                for index, (shape, value) in enumerate(zip(params, values, strict=False))
            )
        )

    return reference(FunctionCallee(function, invoke, _finish(returns)))


def _finish(returns: "Shape[Any, Any]") -> Callable[[object], Payload]:
    return lambda result: encode_result(returns.send(result))


class _ObjectCallee(LocalCallee):
    """An object with members."""

    __slots__ = ("_target",)

    def __init__(self, target: object) -> None:
        super().__init__(target)
        self._target = target

    @override
    def described(self) -> str:
        return f"a {type(self._target).__qualname__}"

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        try:
            if len(path) > 1:
                return _through(self._read(path[0]), lambda found: found.call(path[1:], arguments))
            method = self._method(path[0]) if path else None
        except CallError as error:
            arguments.dispose()
            return ErrorHook(error)
        if method is None:
            arguments.dispose()
            return not_a_function(path)
        return start(arguments, method)

    @override
    def get(self, path: Path) -> Hook:
        try:
            found = self._read(path[0])
        except CallError as error:
            return ErrorHook(error)
        return _through(found, lambda found: found.get(path[1:])) if len(path) > 1 else found

    @abstractmethod
    def _method(self, name: str | int) -> Handler | None:
        """The method of this name, None if there is none."""

    @abstractmethod
    def _property(self, name: str | int) -> Handler | None:
        """The property of this name, None if there is none."""

    def _read(self, name: str | int) -> Hook:
        """Gives the value of a property, or a stub of a method; undefined for anything else."""
        getter = self._property(name)
        if getter is not None:
            return start(EncodedPayload([[]]), getter)
        method = self._method(name)
        if method is None:
            return UNDEFINED_HOOK.dup()
        return TargetHook(_MethodCallee(self, name))


class _MethodCallee(LocalCallee):
    """A method by itself. Each call of it is a member of its own, which may choose a signature."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: _ObjectCallee, name: str | int) -> None:
        super().__init__(None)
        self._owner = owner
        self._name = name

    @override
    def described(self) -> str:
        return f"the method {self._name} of {self._owner.described()}"

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        method = None if path else self._owner._method(self._name)
        if method is None:
            arguments.dispose()
            return not_a_function(path)
        return start(arguments, method)

    @override
    def get(self, path: Path) -> Hook:
        return UNDEFINED_HOOK.get(path[1:])


def _through(found: Hook, use: Callable[[Hook], Hook]) -> Hook:
    """What `use` makes of a property that is only on the way to it. Takes `found`.

    An object read for the sake of one call lives until that call has ended.
    """
    try:
        result = use(found)
    except BaseException:
        found.dispose()
        raise
    if type(result) is PromiseHook:
        result.when_resolved(lambda _: found.dispose())
    else:
        found.dispose()
    return result


class _InterfaceCallee(_ObjectCallee):
    """An object that serves a generated interface."""

    __slots__ = ("_interface", "_offered")

    def __init__(
        self, target: object, interface: Interface, offered: Contract | None = None
    ) -> None:
        """`offered` is the contract that peers may ask for."""
        super().__init__(target)
        self._interface = interface
        self._offered = offered

    @override
    def _method(self, name: str | int) -> Handler | None:
        method = self._interface.members.get(cast("str", name))
        if isinstance(method, Overloads):
            return OverloadedMethod(self._target, self._interface, method)
        if not isinstance(method, Method):
            return None
        return TypedMethod(self._target, self._interface, method)

    @override
    def _property(self, name: str | int) -> Handler | None:
        getter = self._interface.members.get(cast("str", name))
        if not isinstance(getter, Getter):
            return None if self._offered is None else self._contract(name, self._offered)
        return TypedProperty(self._target, self._interface, getter)

    def _contract(self, name: str | int, contract: Contract) -> Handler | None:
        if name == DIGEST:
            return OfferedText(self._interface.name, name, lambda: contract.digest)
        if name == CONTRACT:
            return OfferedText(self._interface.name, name, contract.text)
        return None


class _UntypedCallee(_ObjectCallee):
    """An object that is its own description."""

    __slots__ = ()

    @override
    def _method(self, name: str | int) -> Handler | None:
        member = self._find(name)
        if member is None or isinstance(member, property):
            return None
        return UntypedMethod(self._target, name, member)

    @override
    def _property(self, name: str | int) -> Handler | None:
        member = self._find(name)
        return UntypedProperty(self._target, name, member) if isinstance(member, property) else None

    def _find(self, name: str | int) -> object:
        """The function or property of this name that the object's class defines.

        Raises:
            CallError: for an attribute of the instance.
        """
        if not isinstance(name, str) or name.startswith("_") or name in RESERVED_KEYS:
            return None
        for base in type(self._target).__mro__:
            member: object = base.__dict__.get(name, _NOTHING)
            if member is not _NOTHING:
                reachable = base not in _BARE and isinstance(member, _REACHABLE)
                return member if reachable else None
        if name in getattr(self._target, "__dict__", {}):
            raise CallError(
                f"'{name}' is an attribute of the instance, and those are private: to let the peer "
                "read it, define a property on the class"
            )
        return None
