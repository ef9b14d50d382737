"""What generated code says of an interface: its members, their parameters and results.

One description serves both sides: a server dispatches by it, and nothing else is reachable; a
client names things by it in errors.
"""

import inspect
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from capnweb_runtime.aio.refs import UNSET
from capnweb_runtime.core.hook import Path
from capnweb_runtime.errors import ArgumentError
from capnweb_runtime.wire.expressions import UNDEFINED

if TYPE_CHECKING:
    from capnweb_runtime.aio.contracts import Contract
    from capnweb_runtime.aio.shapes import Shape

__all__ = [
    "Getter",
    "Interface",
    "Member",
    "Method",
    "Overloads",
    "Param",
    "getter",
    "idempotent",
    "method",
    "overloads",
    "param",
    "wire_name",
    "with_defaults",
]

F = TypeVar("F", bound=Callable[..., object])

#: The attributes of functions that are marked, which the generator reads.
_MARK: Final = "__capnweb_idempotent__"
_NAME: Final = "__capnweb_wire_name__"


def idempotent(function: F, /) -> F:
    """Mark a method of an interface: to carry it out twice does no harm.

    A connection that is opened again when it is lost (`connect`, `reconnect`) sends calls of such
    methods again, where the session ended before the answer; the decorator changes nothing else.

    ```python
    class Api(Protocol):
        @idempotent
        async def get_user(self, user_id: int) -> User: ...
    ```

    Raises:
        TypeError: for what is no function. A property needs no mark: reading is idempotent.
    """
    if not _is_own_function(function):
        raise TypeError(f"only a method can be marked as idempotent, not {function!r}")
    setattr(function, _MARK, True)
    return function


def wire_name(name: str, /) -> Callable[[F], F]:
    """Say what a method or property of an interface is called on the wire.

    ```python
    class Api(Protocol):
        @wire_name("listUsers")
        async def list_users(self) -> list[User]: ...

        @property
        @wire_name("from")
        def from_(self) -> str: ...
    ```

    The decorator changes nothing but what is generated: peers, those in JavaScript too, know only
    the name on the wire, and Python only its own.

    Raises:
        TypeError: for what is no function, such as a property: it stands below `@property`; and
            where the name itself is left out.
        ValueError: for what is no name in Python and JavaScript.
    """
    if not isinstance(name, str):
        raise TypeError(f'wire_name takes the name, as @wire_name("listUsers"), not {name!r}')
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot be the name of a member: write it as an identifier")

    def mark(function: F) -> F:
        if not _is_own_function(function):
            raise TypeError(f"write wire_name below the other decorators, not above {function!r}")
        setattr(function, _NAME, name)
        return function

    return mark


def _is_own_function(function: object) -> bool:
    """Whether it is a function, and not the one that `overload` puts in place of all signatures."""
    return inspect.isfunction(function) and function.__name__ != "_overload_dummy"


class Param:
    """A parameter.

    Attributes:
        name: in errors, and the key of one that is passed by keyword.
        attribute: what the implementation calls it, if it is passed by keyword.
        shape: what is accepted.
        required: False if the implementation has a default.
    """

    __slots__ = ("attribute", "name", "required", "shape")

    def __init__(
        self, name: str, attribute: str, shape: "Shape[Any, Any]", *, required: bool
    ) -> None:
        self.name = name
        self.attribute = attribute
        self.shape = shape
        self.required = required

    def receive(self, value: object, method: str) -> object:
        """The value validated; `UNSET` if it was not given and need not be.

        Raises:
            ArgumentError: if it is not of the declared type.
        """
        if value is UNDEFINED:
            if not self.required:
                return UNSET
            if not self.shape.accepts_none:
                raise ArgumentError(f"{method}({self.name}): the argument is missing")
            value = None
        return self.shape.receive(value, lambda: f"{method}({self.name})")


class Getter:
    """A property.

    Attributes:
        name: on the wire.
        attribute: of the implementation.
        returns: shape of its value.
    """

    __slots__ = ("attribute", "name", "returns")

    def __init__(self, name: str, attribute: str, returns: "Shape[Any, Any]") -> None:
        self.name = name
        self.attribute = attribute
        self.returns = returns


class Method:
    """A method.

    Attributes:
        name: on the wire.
        attribute: of the implementation.
        returns: shape of the result.
        params: those passed by position, in order.
        rest: shape of each further positional argument (`*args`), None if there are none.
        options: those passed by keyword; on the wire they are members of one trailing object.
        idempotent: whether to carry it out twice does no harm.
    """

    __slots__ = ("attribute", "idempotent", "name", "options", "params", "rest", "returns")

    def __init__(
        self,
        name: str,
        attribute: str,
        returns: "Shape[Any, Any]",
        *,
        params: tuple[Param, ...],
        rest: "Shape[Any, Any] | None",
        options: tuple[Param, ...],
        idempotent: bool,
    ) -> None:
        self.idempotent = idempotent
        self.name = name
        self.attribute = attribute
        self.returns = returns
        self.params = params
        self.rest = rest
        self.options = options

    @property
    def most(self) -> float:
        """How many arguments it takes at most, options as one."""
        return float("inf") if self.rest else len(self.params) + bool(self.options)

    def bind(
        self, interface: str, function: Callable[..., object], values: list[object]
    ) -> tuple[list[object], dict[str, object]]:
        """Positional and keyword arguments for `function`, validated.

        Arguments past those declared are ignored, as in JavaScript.

        Raises:
            ArgumentError: if one is missing or not of its declared type.
        """
        label = f"{interface}.{self.name}"
        named = self._bind_options(label, values) if self.options else {}
        positional = [
            param.receive(values[index] if index < len(values) else UNDEFINED, label)
            for index, param in enumerate(self.params)
        ]
        if self.rest is not None:
            rest = self.rest
            positional.extend(
                rest.receive(value, partial(_argument_label, label, index))
                for index, value in enumerate(values[len(self.params) :], len(self.params))
            )
        return with_defaults(function, positional), named

    def _bind_options(self, label: str, values: list[object]) -> dict[str, object]:
        """Take the trailing object off `values`, if it is there, and validate its members."""
        given: dict[str, object] = {}
        last = len(values) - 1
        if last >= len(self.params) and (self.rest is not None or last == len(self.params)):
            trailing = values[last]
            if isinstance(trailing, dict):
                given = values.pop()  # type: ignore[assignment]  # a dict with str keys
            elif self.rest is None and trailing is not None and trailing is not UNDEFINED:
                names = ", ".join(option.name for option in self.options)
                raise ArgumentError(f"{label}: the last argument must be an object of: {names}")
        named: dict[str, object] = {}
        for option in self.options:
            value = given.get(option.name, UNDEFINED)
            if value is None and not option.shape.accepts_none:
                value = UNDEFINED  # a member that is undefined arrives as None
            value = option.receive(value, label)
            if value is not UNSET:
                named[option.attribute] = value
        return named


class Overloads:
    """A method with several signatures, of which a call takes the first that fits.

    Attributes:
        name: on the wire.
        attribute: of the implementation.
        signatures: in order.
        idempotent: whether to carry it out twice does no harm.
    """

    __slots__ = ("attribute", "idempotent", "name", "signatures")

    def __init__(self, signatures: tuple[Method, ...]) -> None:
        self.signatures = signatures
        self.name = signatures[0].name
        self.attribute = signatures[0].attribute
        self.idempotent = signatures[0].idempotent

    def bind(
        self, interface: str, function: Callable[..., object], values: list[object]
    ) -> tuple[Method, list[object], dict[str, object]]:
        """The signature, and positional and keyword arguments for `function`, validated.

        Raises:
            ArgumentError: if no signature fits; it says why not, of each.
        """
        failures: list[str] = []
        for signature in self.signatures:
            if len(values) > signature.most:
                failures.append(f"{interface}.{self.name}: it takes {signature.most} arguments")
                continue
            try:
                return signature, *signature.bind(interface, function, list(values))
            except ArgumentError as error:
                failures.append(str(error))
        raise ArgumentError(f"no signature fits: {'; or '.join(failures)}")


Member: TypeAlias = Method | Overloads | Getter


class Interface:
    """An interface by name, with its own members and those that it inherits.

    The members are made when they are first needed, so that importing generated code stays cheap,
    and in whatever order it defines things.

    Attributes:
        name: in errors.
        contract: that of generated code; an instance of a generic interface has none.
    """

    def __init__(
        self,
        name: str,
        members: Callable[[], tuple[Member, ...]],
        bases: Callable[[], "tuple[Interface, ...]"] = tuple,
        *,
        stub: type | None = None,
        args: "tuple[Shape[Any, Any], ...]" = (),
        contract: "Contract | None" = None,
    ) -> None:
        """Describe an interface (for generated code).

        Args:
            name: in errors.
            members: its own.
            bases: makes the interfaces that it extends.
            stub: of a generic one that others extend, the class whose methods need its `args`.
            args: the shapes of its type arguments.
            contract: that of generated code; an instance of a generic interface has none.
        """
        self.name = name
        self._stub = stub
        self._args = args
        self.contract = contract
        self._make_members = members
        self._make_bases = bases

    @cached_property
    def members(self) -> dict[str, Member]:
        """The members by their names on the wire."""
        return {
            member.name: member
            for interface in reversed(self._order)
            for member in interface._make_members()
        }

    @cached_property
    def args(self) -> "dict[type, tuple[Shape[Any, Any], ...]]":
        """The shapes of type arguments, by the generic stub class that they are for."""
        return {each._stub: each._args for each in self._order if each._stub is not None}

    @cached_property
    def _order(self) -> tuple["Interface", ...]:
        """Itself and all that it inherits from, in the order in which Python looks at classes.

        What comes next is the first of a list that no other list has further behind (C3).
        """
        bases = self._make_bases()
        waiting = [*(list(base._order) for base in bases), list(bases)]
        order = [self]
        while waiting := [each for each in waiting if each]:
            first = next(
                each[0] for each in waiting if not any(each[0] in other[1:] for other in waiting)
            )
            order.append(first)
            waiting = [[each for each in rest if each is not first] for rest in waiting]
        return tuple(order)

    def extends(self, other: "Interface") -> bool:
        """Whether it is `other`, or inherits from it."""
        return other in self._order

    def is_idempotent(self, path: Path) -> bool:
        """Whether the method at `path`, perhaps of an object in a property, is marked so."""
        interface: object = self
        for position, name in enumerate(path, 1):
            member = interface.members.get(str(name)) if isinstance(interface, Interface) else None
            if isinstance(member, Method | Overloads):
                return position == len(path) and member.idempotent
            interface = getattr(member.returns, "interface", None) if member else None
        return False


def param(
    name: str, shape: "Shape[Any, Any]", *, required: bool = True, attribute: str | None = None
) -> Param:
    """A parameter of a method (for generated code)."""
    return Param(name, attribute or name, shape, required=required)


def method(
    name: str,
    returns: "Shape[Any, Any]",
    *params: Param,
    attribute: str | None = None,
    rest: "Shape[Any, Any] | None" = None,
    options: tuple[Param, ...] = (),
    idempotent: bool = False,
) -> Method:
    """A method of an interface (for generated code)."""
    return Method(
        name,
        attribute or name,
        returns,
        params=params,
        rest=rest,
        options=options,
        idempotent=idempotent,
    )


def overloads(*signatures: Method) -> Overloads:
    """A method of an interface that has several signatures (for generated code)."""
    return Overloads(signatures)


def getter(name: str, returns: "Shape[Any, Any]", *, attribute: str | None = None) -> Getter:
    """A property of an interface (for generated code)."""
    return Getter(name, attribute or name, returns)


def _argument_label(label: str, index: int) -> str:
    return f"{label}(argument {index})"


def with_defaults(function: Callable[..., object], positional: list[object]) -> list[object]:
    """Arguments that were not given: dropped at the end, elsewhere the function's own defaults.

    Where it has none, since it takes any number of arguments, they stay `UNSET`.
    """
    while positional and positional[-1] is UNSET:
        positional.pop()
    if any(value is UNSET for value in positional):
        parameters = inspect.signature(function).parameters.values()
        for index, (parameter, value) in enumerate(zip(parameters, positional, strict=False)):
            if value is UNSET and parameter.default is not parameter.empty:
                positional[index] = parameter.default
    return positional
