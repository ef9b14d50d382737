"""Shapes of interfaces and functions, and of records and unions with such in them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import (
    Annotated,
    Any,
    TypeVar,
    Union,
    cast,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    Discriminator,
    Field,
    PlainValidator,
    create_model,
)
from typing_extensions import override

from capnweb_runtime.aio.interfaces import Interface
from capnweb_runtime.aio.promises import (
    Callback,
    CallbackPromise,
)
from capnweb_runtime.aio.refs import Promise, Stub
from capnweb_runtime.aio.shapes import FieldShape, Label, Shape, send_fields
from capnweb_runtime.aio.targets import reference_to, reference_to_function
from capnweb_runtime.errors import ArgumentError, CallError

__all__ = [
    "FieldShape",
    "callback",
    "default_of",
    "interface",
    "interface_of",
    "local_stub",
    "record",
    "stub",
    "union",
]

R = TypeVar("R")
P = TypeVar("P")
A = TypeVar("A")


class _Union(Shape[R, P]):
    """A union; `discriminator` is the field that tells its arms apart, if it is said."""

    __slots__ = ("discriminator",)

    discriminator: str | None

    @override
    def described(self) -> Any:
        arms: Any = Union[tuple(arg.annotation() for arg in self.args)]  # noqa: UP007
        if self.discriminator is None:
            return arms
        return cast("Any", Annotated)[arms, Discriminator(self.discriminator)]

    @override
    def _fits(self, value: object) -> bool:
        return any(arm.fits(value) for arm in self.args)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        return any(arm.admits(other) for arm in self.args) or super().admits(other)

    @override
    def _send(self, value: Any) -> object:
        for arm in self.args:
            if arm.may_be(value):
                return arm.send(value)
        return value


class _Stub(Shape[R, P]):
    """An interface: received as a stub, sent by reference."""

    __slots__ = ("_interface", "_stub")

    def __init__(
        self,
        stub: Callable[..., Any],
        promise: Callable[..., P],
        interface: Callable[[], Interface],
        name: str,
        args: tuple[Shape[Any, Any], ...],
    ) -> None:
        super().__init__(promise, *args, label=name)
        self._stub = stub
        self._interface = interface
        self.carries = True

    @property
    def interface(self) -> Interface:
        """Its members."""
        return self._interface()

    def args_of(self, stub: type) -> tuple[Shape[Any, Any], ...]:
        """What the type parameters of a stub class stand for, of which this one's is derived."""
        return self.interface.args[stub]

    def cast(self, value: object) -> object:
        """The stub, as one of this interface."""
        if not isinstance(value, Stub):
            raise ValueError(f"expected a {self.label}, an object passed by reference")  # noqa: TRY004 (pydantic takes it for its own)
        return self._stub(value._hook, value._path, self)

    @override
    def described(self) -> Any:
        return Annotated[Any, PlainValidator(self.cast)]

    @override
    def receive(self, value: object, label: Label) -> R:
        if isinstance(value, Stub):
            return cast("R", self.cast(value))
        return super().receive(value, label)

    @override
    def _send(self, value: Any) -> object:
        return reference_to(value, self.interface)

    @override
    def may_be(self, value: object) -> bool:
        return not callable(value) and type(value).__module__ != "builtins"

    @override
    def _fits(self, value: object) -> bool:
        names = [member.attribute for member in self.interface.members.values()]
        # On the class first, so that no property is run for it.
        return self.may_be(value) and all(
            hasattr(type(value), name) or hasattr(value, name) for name in names
        )

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        if not isinstance(other, _Stub):
            return super().admits(other)
        return other is self or other.interface.extends(self.interface)


class _Callback(Shape[R, P]):
    """A function: received as a stub that can be called, sent by reference."""

    __slots__ = ("params", "returns")

    def __init__(self, params: tuple[Shape[Any, Any], ...], returns: Shape[Any, Any]) -> None:
        super().__init__(cast("Any", CallbackPromise), label="callback")
        self.params = params
        self.returns = returns
        self.carries = True

    def cast(self, value: object) -> object:
        """The stub, as one that can be called."""
        if not isinstance(value, Stub):
            raise ValueError("expected a function, passed by reference")  # noqa: TRY004 (as above)
        return Callback(value._hook, value._path, self)

    @override
    def described(self) -> Any:
        return Annotated[Any, PlainValidator(self.cast)]

    @override
    def _send(self, value: Any) -> object:
        return reference_to_function(value, self.params, self.returns)

    @override
    def may_be(self, value: object) -> bool:
        return callable(value)

    @override
    def _fits(self, value: object) -> bool:
        return callable(value)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        return isinstance(other, _Callback) or super().admits(other)


class _Record(Shape[R, P]):
    """A model with capabilities among its fields: received as its generated result class.

    `fields` gives for each attribute its name on the wire, its shape, and what makes its default
    (None if it is required). It is asked late, since a record may contain itself.
    """

    __slots__ = ("_being_described", "_fields", "_make_fields", "_model", "_result")

    def __init__(
        self,
        promise: Callable[..., P],
        result: type,
        model: Callable[[], type],
        fields: "Callable[[], Mapping[str, FieldShape]]",
        args: tuple[Shape[Any, Any], ...],
    ) -> None:
        super().__init__(promise, *args, label=result.__name__)
        self._result = result
        self._model = model
        self._make_fields = fields
        self._fields: Mapping[str, FieldShape] | None = None
        self._being_described = False
        self.carries = True

    @property
    def fields(self) -> "Mapping[str, FieldShape]":
        """The fields."""
        if self._fields is None:
            self._fields = self._make_fields()
        return self._fields

    def _build(self, members: Any) -> Any:
        # Numbered, since a field may be called as something that pydantic's models have.
        values = (getattr(members, f"f{index}") for index in range(len(self.fields)))
        return self._result(*values)

    @override
    def described(self) -> Any:
        if self._being_described:
            return Annotated[Any, PlainValidator(self._receive_within_itself)]
        self._being_described = True
        try:
            definitions: dict[str, Any] = {}
            for index, (wire_name, shape, default) in enumerate(self.fields.values()):
                made: dict[str, Any] = {} if default is None else {"default_factory": default}
                field: Any = Field(alias=wire_name, **made)
                definitions[f"f{index}"] = (shape.annotation(), field)
        finally:
            self._being_described = False
        members = create_model(self.label, **definitions)
        return Annotated[members, AfterValidator(self._build)]

    def _receive_within_itself(self, value: object) -> object:
        try:
            return self.receive(value, lambda: self.label)
        except ArgumentError as error:
            raise ValueError(str(error)) from None

    @override
    def _send(self, value: Any) -> object:
        if not self.may_be(value):
            name = self._model().__name__
            raise CallError(f"a {type(value).__qualname__} is no {name}")
        return send_fields(value, self.fields)

    @override
    def may_be(self, value: object) -> bool:
        return isinstance(value, self._result | self._model())

    @override
    def _fits(self, value: object) -> bool:
        return self.may_be(value)


def stub(
    stub_class: Callable[..., R],
    promise: Callable[..., P],
    interface: Callable[[], Interface],
    name: str,
    *args: Shape[Any, Any],
) -> Shape[R, P]:
    """An interface; `args` are the shapes of its type arguments."""
    return _Stub(stub_class, promise, interface, name, args)


def callback(*params: Shape[Any, Any], returns: Shape[Any, Any]) -> Shape[Any, Any]:
    """A function type: `Callable[[params], Awaitable[returns]]`."""
    return _Callback(params, returns)


def record(
    promise: Callable[..., P],
    result: type[R],
    original: Callable[[], type],
    fields: Callable[[], Mapping[str, FieldShape]],
    *args: Shape[Any, Any],
) -> Shape[R, P]:
    """A model with capabilities: `result` is the generated class in which it is received.

    `args` are the shapes of its type arguments.
    """
    return _Record(promise, result, original, fields, args)


def default_of(model: Any, name: str) -> Callable[[], object]:
    """What makes the default of a field of a pydantic model or dataclass."""
    if issubclass(model, BaseModel):
        field = model.model_fields[name]
        return lambda: field.get_default(call_default_factory=True, validated_data={})
    for each in dataclasses.fields(model):
        if each.name == name and each.default_factory is not dataclasses.MISSING:
            return each.default_factory
    return lambda: getattr(model, name)


def union(*arms: Shape[Any, Any], discriminator: str | None = None) -> Shape[Any, Promise[Any]]:
    """A union; `discriminator` is the field that tells its arms apart, if it is said."""
    made: _Union[Any, Promise[Any]]
    made = _Union(Promise, *arms, accepts_none=any(arm.accepts_none for arm in arms))
    made.discriminator = discriminator
    return made


def interface(shape: Shape[Any, Any]) -> Interface:
    """The interface of the shape of one."""
    found = shape.itself
    assert isinstance(found, _Stub)
    return found.interface


def interface_of(stub_class: type[Stub]) -> Interface:
    """The interface of a generated class that is not generic."""
    assert stub_class._default is not None
    return interface(stub_class._default)


def local_stub(shape: Shape[R, Any], target: object, /) -> R:
    """A stub of a local object, which answers to the interface of `shape`.

    Raises:
        CallError: if the object lacks a member of it.
    """
    assert isinstance(shape, _Stub)
    made = reference_to(target, shape.interface)
    return cast("R", shape.cast(Stub(made.hook)))
