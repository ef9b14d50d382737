"""Shapes: what generated code says of a type, at run time.

A shape knows the promise class of its type, how a received value is validated (by pydantic, with
stubs where the type has interfaces), and how a value is prepared for sending where it has
capabilities in it: an object becomes a reference that answers to the declared interface, and
nothing else.

Outside of pydantic models numbers, strings and booleans are taken as they are: ``"5"`` is no int.
Inside a model its own configuration decides, as everywhere in pydantic.
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import (
    Annotated,
    Any,
    Generic,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PlainValidator,
    Strict,
    TypeAdapter,
    ValidationError,
    create_model,
)
from typing_extensions import override

from capnweb_runtime.aio.interfaces import Interface
from capnweb_runtime.aio.promises import (
    Callback,
    CallbackPromise,
    DictPromise,
    ListPromise,
    OptionalListPromise,
    OptionalPromise,
    TuplePromise2,
    TuplePromise3,
    TuplePromise4,
)
from capnweb_runtime.aio.refs import UNSET, Promise, Ref, Stub
from capnweb_runtime.aio.targets import reference_to, reference_to_function
from capnweb_runtime.errors import ArgumentError, CallError, format_path
from capnweb_runtime.wire.expressions import UNDEFINED

__all__ = [
    "ANY",
    "BOOL",
    "BYTES",
    "DATETIME",
    "FLOAT",
    "INT",
    "NONE",
    "STR",
    "Shape",
    "callback",
    "default_of",
    "dict_of",
    "generic_model",
    "list_of",
    "local_stub",
    "model",
    "newtype",
    "optional",
    "optional_list",
    "record",
    "stub",
    "tuple_all",
    "tuple_of",
    "tuple_of2",
    "tuple_of3",
    "tuple_of4",
    "union",
    "value",
]

R = TypeVar("R")
P = TypeVar("P")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
PA = TypeVar("PA")
PB = TypeVar("PB")
PC = TypeVar("PC")
PD = TypeVar("PD")

#: How an error names what was being received, made only if there is one.
Label: TypeAlias = Callable[[], str]


class Shape(Generic[R, P]):
    """A type: its values are received as `R`, and promised as `P`.

    Attributes:
        promise: the promise class.
        args: the shapes of what it is made of.
        label: how errors name it.
        carries: whether there are capabilities in its values.
        accepts_none: whether None is one of its values.
    """

    __slots__ = ("_adapter", "accepts_none", "args", "carries", "label", "promise")

    def __init__(
        self,
        promise: Callable[..., P],
        *args: "Shape[Any, Any]",
        label: str = "value",
        accepts_none: bool = False,
    ) -> None:
        self.promise = promise
        self.args = args
        self.label = label
        self.accepts_none = accepts_none
        self.carries: bool = any(arg.carries for arg in args)
        self._adapter: TypeAdapter[Any] | None = None

    def annotation(self) -> Any:
        """The type, as pydantic is told it."""
        raise NotImplementedError

    def receive(self, value: object, label: Label) -> R:
        """A received value, validated.

        Raises:
            ArgumentError: if it is not of this type; it names `label` and the path to the fault.
        """
        if self._adapter is None:
            self._adapter = TypeAdapter(self.annotation())
        try:
            return cast("R", self._adapter.validate_python(value))
        except ValidationError as error:
            raise _argument_error(error, label()) from None

    def send(self, value: object) -> object:
        """A value to be sent, with references where it has capabilities.

        Raises:
            CallError: if something in it is not what the type needs.
        """
        if not self.carries or value is UNSET or isinstance(value, Ref):
            return value
        return self._send(value)

    def _send(self, value: Any) -> object:
        return value


class _Exact(Shape[R, P]):
    """A builtin scalar, most often recognized without asking pydantic."""

    __slots__ = ("_type",)

    def __init__(self, exact: type) -> None:
        super().__init__(cast("Any", Promise), label=exact.__name__)
        self._type = exact

    @override
    def annotation(self) -> Any:
        return Annotated[self._type, Strict()]

    @override
    def receive(self, value: object, label: Label) -> R:
        return cast("R", value) if type(value) is self._type else super().receive(value, label)


class _Value(Shape[R, P]):
    """A type without capabilities that pydantic knows how to validate."""

    __slots__ = ("_annotation",)

    def __init__(
        self, promise: Callable[..., P], annotation: Callable[[], Any], **options: Any
    ) -> None:
        super().__init__(promise, **options)
        self._annotation = annotation

    @override
    def annotation(self) -> Any:
        return self._annotation()


class _GenericModel(Shape[R, P]):
    """A generic model without capabilities; its arguments are the shapes of its type arguments."""

    __slots__ = ("_origin",)

    def __init__(
        self, promise: Callable[..., P], origin: Callable[[], Any], *args: Shape[Any, Any]
    ) -> None:
        super().__init__(promise, *args)
        self._origin = origin

    @override
    def annotation(self) -> Any:
        # Inside of a model its own configuration decides what is strict.
        args = tuple(_without_strictness(arg.annotation()) for arg in self.args)
        return self._origin()[args]


class _Any(Shape[R, P]):
    """Anything that can travel, as it is; objects go by their own public interface."""

    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return Any

    @override
    def receive(self, value: object, label: Label) -> R:
        return cast("R", value)


class _None(Shape[R, P]):
    """No value: the result of a method that has none."""

    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return None

    @override
    def receive(self, value: object, label: Label) -> R:
        # A JavaScript method that is declared to return nothing may well return something.
        return cast("R", None)

    @override
    def send(self, value: object) -> object:
        return UNDEFINED if value is None else value


class _List(Shape[R, P]):
    __slots__ = ()

    @override
    def annotation(self) -> Any:
        element = list.__class_getitem__(self.args[0].annotation())
        return Union[element, None] if self.accepts_none else element  # noqa: UP007

    @override
    def _send(self, value: Any) -> object:
        if value is None or isinstance(value, str):
            return value
        return [self.args[0].send(item) for item in value]


class _Dict(Shape[R, P]):
    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return dict.__class_getitem__((str, self.args[0].annotation()))

    @override
    def _send(self, value: Any) -> object:
        return {key: self.args[0].send(item) for key, item in value.items()}


class _Tuple(Shape[R, P]):
    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return tuple.__class_getitem__(tuple(arg.annotation() for arg in self.args))

    @override
    def _send(self, value: Any) -> object:
        return [arg.send(item) for arg, item in zip(self.args, value, strict=True)]


class _EndlessTuple(Shape[R, P]):
    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return tuple.__class_getitem__((self.args[0].annotation(), ...))

    @override
    def _send(self, value: Any) -> object:
        return [self.args[0].send(item) for item in value]


class _Optional(Shape[R, P]):
    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return Union[self.args[0].annotation(), None]  # noqa: UP007 (made at run time)

    @override
    def _send(self, value: Any) -> object:
        return value if value is None else self.args[0].send(value)


class _Union(Shape[R, P]):
    """A union with capabilities among its arms (without, pydantic does it all)."""

    __slots__ = ()

    @override
    def annotation(self) -> Any:
        return Union[tuple(arg.annotation() for arg in self.args)]  # noqa: UP007

    @override
    def _send(self, value: Any) -> object:
        for arm in self.args:
            if isinstance(arm, _Stub | _Callback | _Record) and arm.fits(value):
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

    def cast(self, value: object) -> object:
        """The stub, as one of this interface."""
        if not isinstance(value, Stub):
            raise ValueError(f"expected a {self.label}, an object passed by reference")  # noqa: TRY004 (pydantic takes it for its own)
        return self._stub(value._hook, value._path, self)

    @override
    def annotation(self) -> Any:
        return Annotated[Any, PlainValidator(self.cast)]

    @override
    def receive(self, value: object, label: Label) -> R:
        if isinstance(value, Stub):
            return cast("R", self.cast(value))
        return super().receive(value, label)

    @override
    def _send(self, value: Any) -> object:
        return reference_to(value, self.interface)

    @staticmethod
    def fits(value: object) -> bool:
        """Whether a value of a union may be meant for this arm."""
        return not callable(value) and type(value).__module__ != "builtins"


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
    def annotation(self) -> Any:
        return Annotated[Any, PlainValidator(self.cast)]

    @override
    def _send(self, value: Any) -> object:
        return reference_to_function(value, self.params, self.returns)

    @staticmethod
    def fits(value: object) -> bool:
        """Whether a value of a union may be meant for this arm."""
        return callable(value)


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
    ) -> None:
        super().__init__(promise, label=result.__name__)
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
    def annotation(self) -> Any:
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
        if not self.fits(value):
            name = self._model().__name__
            raise CallError(f"a {type(value).__qualname__} is no {name}")
        return {
            wire_name: shape.send(getattr(value, name))
            for name, (wire_name, shape, _) in self.fields.items()
        }

    def fits(self, value: object) -> bool:
        """Whether a value of a union may be meant for this arm."""
        return isinstance(value, self._result | self._model())


#: A field of a record: name on the wire, shape, and what makes its default (None if it is
#: required).
FieldShape: TypeAlias = tuple[str, Shape[Any, Any], Callable[[], object] | None]

STR: Shape[str, Promise[str]] = _Exact(str)
INT: Shape[int, Promise[int]] = _Exact(int)
FLOAT: Shape[float, Promise[float]] = _Exact(float)
BOOL: Shape[bool, Promise[bool]] = _Exact(bool)
BYTES: Shape[bytes, Promise[bytes]] = _Exact(bytes)
DATETIME: Shape[datetime, Promise[datetime]] = _Exact(datetime)
NONE: Shape[None, Promise[None]] = _None(Promise, accepts_none=True)
ANY: Shape[Any, Promise[Any]] = _Any(Promise, accepts_none=True)


def value(annotation: Callable[[], Any], *, accepts_none: bool = False) -> Shape[Any, Promise[Any]]:
    """A type without capabilities or a promise class of its own: a Literal, union, enum..."""
    return _Value(Promise, annotation, accepts_none=accepts_none)


def model(promise: Callable[..., P], annotation: Callable[[], type[R]]) -> Shape[R, P]:
    """A pydantic model, dataclass, TypedDict or NamedTuple without capabilities."""
    return _Value(promise, annotation)


def generic_model(
    promise: Callable[..., P], origin: Callable[[], Any], *args: Shape[Any, Any]
) -> Shape[Any, P]:
    """A generic model without capabilities; `args` are the shapes of its type arguments."""
    return _GenericModel(promise, origin, *args)


def newtype(base: Shape[Any, Any]) -> Shape[Any, Any]:
    """A NewType: at run time there is no difference to what it is made of."""
    return base


def default_of(model: Any, name: str) -> Callable[[], object]:
    """What makes the default of a field of a pydantic model or dataclass."""
    if issubclass(model, BaseModel):
        field = model.model_fields[name]
        return lambda: field.get_default(call_default_factory=True, validated_data={})
    for each in dataclasses.fields(model):
        if each.name == name and each.default_factory is not dataclasses.MISSING:
            return each.default_factory
    return lambda: getattr(model, name)


def record(
    promise: Callable[..., P],
    result: type[R],
    original: Callable[[], type],
    fields: Callable[[], Mapping[str, FieldShape]],
) -> Shape[R, P]:
    """A model with capabilities: `result` is the generated class in which it is received."""
    return _Record(promise, result, original, fields)


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


def interface_of(stub_class: type[Stub]) -> Interface:
    """The interface of a generated class that is not generic."""
    shape = stub_class._default
    assert isinstance(shape, _Stub)
    return shape.interface


def local_stub(shape: Shape[R, Any], target: object, /) -> R:
    """A stub of a local object, which answers to the interface of `shape`.

    Raises:
        CallError: if the object lacks a member of it.
    """
    assert isinstance(shape, _Stub)
    made = reference_to(target, shape.interface)
    return cast("R", shape.cast(Stub(made.hook)))


def list_of(element: Shape[R, P], /) -> Shape[list[R], ListPromise[R, P]]:
    """`list[element]`."""
    return _List(ListPromise, element, label="list")


def dict_of(element: Shape[R, P], /) -> Shape[dict[str, R], DictPromise[R, P]]:
    """`dict[str, element]`."""
    return _Dict(DictPromise, element, label="dict")


def optional(element: Shape[R, P], /) -> Shape[R | None, OptionalPromise[R, P]]:
    """`element | None`, where `element` is no list."""
    return _Optional(OptionalPromise, element, label=element.label, accepts_none=True)


def optional_list(element: Shape[R, P], /) -> Shape[list[R] | None, OptionalListPromise[R, P]]:
    """`list[element] | None`."""
    return _List(OptionalListPromise, element, label="list", accepts_none=True)


def union(*arms: Shape[Any, Any]) -> Shape[Any, Promise[Any]]:
    """A union with capabilities among its arms."""
    return _Union(Promise, *arms, accepts_none=any(arm.accepts_none for arm in arms))


def tuple_of2(
    a: Shape[A, PA], b: Shape[B, PB], /
) -> Shape[tuple[A, B], TuplePromise2[A, B, PA, PB]]:
    """`tuple[a, b]`."""
    return _Tuple(TuplePromise2, a, b, label="tuple")


def tuple_of3(
    a: Shape[A, PA], b: Shape[B, PB], c: Shape[C, PC], /
) -> Shape[tuple[A, B, C], TuplePromise3[A, B, C, PA, PB, PC]]:
    """`tuple[a, b, c]`."""
    return _Tuple(TuplePromise3, a, b, c, label="tuple")


def tuple_of4(
    a: Shape[A, PA], b: Shape[B, PB], c: Shape[C, PC], d: Shape[D, PD], /
) -> Shape[tuple[A, B, C, D], TuplePromise4[A, B, C, D, PA, PB, PC, PD]]:
    """`tuple[a, b, c, d]`."""
    return _Tuple(TuplePromise4, a, b, c, d, label="tuple")


def tuple_of(*items: Shape[Any, Any]) -> Shape[Any, Promise[Any]]:
    """A tuple of any other length: no pipelining into it."""
    return _Tuple(Promise, *items, label="tuple")


def tuple_all(item: Shape[Any, Any], /) -> Shape[Any, Promise[Any]]:
    """`tuple[item, ...]`."""
    return _EndlessTuple(Promise, item, label="tuple")


def _without_strictness(annotation: Any) -> Any:
    """An annotation as the user wrote it, without what `_Exact` adds."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return args[0]
    if origin in {list, dict, tuple, Union}:
        return origin[tuple(map(_without_strictness, args))]
    return annotation


def _argument_error(error: ValidationError, label: str) -> ArgumentError:
    """All that pydantic found, each with its path, in one message."""
    found = [
        f"{label}{format_path(list(detail['loc']))}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return ArgumentError("; ".join(found))
