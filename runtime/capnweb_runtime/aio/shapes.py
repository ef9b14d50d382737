"""Shapes: what generated code says of a type, at run time.

A shape knows the promise class of its type, how a received value is validated (by pydantic, with
stubs where the type has interfaces), and how a value is prepared for sending where it has
capabilities in it: an object becomes a reference that answers to the declared interface, and
nothing else.

Outside of pydantic models numbers, strings and booleans are taken as they are: ``"5"`` is no int.
Inside a model its own configuration decides, as everywhere in pydantic.
"""

import copy
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePath, PurePosixPath
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
    InstanceOf,
    PlainValidator,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from typing_extensions import override

from capnweb_runtime.aio.adapters import adapter_of
from capnweb_runtime.aio.constraints import metadata
from capnweb_runtime.aio.refs import UNSET, Promise, Ref
from capnweb_runtime.aio.scalars import SCALARS, written
from capnweb_runtime.aio.streams import Blob
from capnweb_runtime.errors import ArgumentError, CallError, format_path
from capnweb_runtime.wire.dates import FarDate
from capnweb_runtime.wire.expressions import UNDEFINED
from capnweb_runtime.wire.numbers import BigInt

__all__ = [
    "ANY",
    "BIGINT",
    "BLOB",
    "BOOL",
    "BYTES",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "FARDATE",
    "FLOAT",
    "INT",
    "NONE",
    "PATH",
    "PUREPATH",
    "PUREPOSIXPATH",
    "STR",
    "TIME",
    "TIMEDELTA",
    "UUID",
    "FieldShape",
    "Label",
    "Shape",
    "annotated",
    "constrained",
    "generic_model",
    "model",
    "newtype",
    "send_fields",
    "value",
]

R = TypeVar("R")
P = TypeVar("P")
A = TypeVar("A")


#: How an error names what was being received, made only if there is one.
Label: TypeAlias = Callable[[], str]


#: A field of a record: name on the wire, shape, and what makes its default (None if it is
#: required).
FieldShape: TypeAlias = "tuple[str, Shape[Any, Any], Callable[[], object] | None]"


class Shape(ABC, Generic[R, P]):
    """A type: its values are received as `R`, and promised as `P`.

    Attributes:
        promise: the promise class.
        args: the shapes of what it is made of.
        label: how errors name it.
        carries: whether there are capabilities in its values.
        accepts_none: whether None is one of its values.
    """

    __slots__ = (
        "_adapter",
        "_constraints",
        "accepts_none",
        "args",
        "carries",
        "label",
        "promise",
    )

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
        self._constraints: Callable[[], tuple[object, ...]] | None = None

    def annotation(self) -> Any:
        """The type with the conditions on its values, as pydantic is told them."""
        if self._constraints is None:
            return self.described()
        return cast("Any", Annotated)[(self.described(), *self._constraints())]

    @abstractmethod
    def described(self) -> Any:
        """The type alone, as pydantic is told it."""

    def constrained(self, constraints: Callable[[], tuple[object, ...]]) -> "Shape[R, P]":
        """This type, with conditions on its values, in the form of metadata for pydantic."""
        made, before = copy.copy(self), self._constraints
        made._adapter = None
        made._constraints = (lambda: (*before(), *constraints())) if before else constraints
        return made

    def receive(self, value: object, label: Label) -> R:
        """A received value, validated.

        Raises:
            ArgumentError: if it is not of this type; it names `label` and the path to the fault.
        """
        if self._adapter is None:
            self._adapter = adapter_of(self.annotation)
        try:
            return cast("R", self._adapter.validate_python(value, context=label))
        except ValidationError as error:
            raise _argument_error(error, label()) from None

    def fits(self, value: object) -> bool:
        """Whether a value of this side that is not sent yet may be meant for this type."""
        if not isinstance(value, Ref):
            return self._fits(value)
        return value._shape is None or self.admits(value._shape)

    def _fits(self, value: object) -> bool:
        if self._adapter is None:
            self._adapter = adapter_of(self.annotation)
        try:
            self._adapter.validate_python(value, strict=True)
        except ValidationError:
            return False
        return True

    def admits(self, other: "Shape[Any, Any]") -> bool:
        """Whether a promise of `other` may be meant for this type."""
        return (
            other is self
            or other is ANY
            or (
                type(other) is type(self)
                and other.label == self.label
                and len(other.args) == len(self.args) > 0
                and all(
                    mine.admits(theirs.itself)
                    for mine, theirs in zip(self.args, other.args, strict=True)
                )
            )
        )

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

    def may_be(self, _value: object) -> bool:
        """Whether a value of a union may be meant for this arm, and has capabilities."""
        return False

    @property
    def itself(self) -> "Shape[R, P]":
        """The shape that this stands for, if it is that of another package."""
        return self


class _Exact(Shape[R, P]):
    """A builtin scalar, most often recognized without asking pydantic."""

    __slots__ = ("_type",)

    def __init__(self, exact: type) -> None:
        super().__init__(cast("Any", Promise), label=exact.__name__)
        self._type = exact

    @override
    def described(self) -> Any:
        return Annotated[self._type, Strict()]

    @override
    def receive(self, value: object, label: Label) -> R:
        if type(value) is self._type and self._constraints is None:
            return cast("R", value)
        return super().receive(value, label)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        if not isinstance(other, _Exact):
            return super().admits(other)
        return other._type is self._type or (self._type is float and other._type is int)


class _Instance(_Exact[R, P]):
    """A class of this library whose instances are values."""

    __slots__ = ()

    @override
    def described(self) -> Any:
        return cast("Any", InstanceOf)[self._type]


class _Written(Shape[R, P]):
    """A scalar of Python's library that travels in another form, and comes from that exactly."""

    __slots__ = ("_type",)

    def __init__(self, exact: type) -> None:
        super().__init__(cast("Any", Promise), label=exact.__name__)
        self._type = exact

    @override
    def described(self) -> Any:
        return Annotated[self._type, PlainValidator(SCALARS[self._type])]

    @override
    def annotation(self) -> Any:
        if self._constraints is None:
            return self.described()
        return Annotated[super().annotation(), WrapValidator(_comparable)]

    @override
    def _fits(self, value: object) -> bool:
        form = written(value)
        return form is not value and super()._fits(form)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        if not isinstance(other, _Written):
            return super().admits(other)
        return issubclass(other._type, self._type)


class _Value(Shape[R, P]):
    """A type without capabilities that pydantic knows how to validate."""

    __slots__ = ("_annotation",)

    def __init__(
        self, promise: Callable[..., P], annotation: Callable[[], Any], **options: Any
    ) -> None:
        super().__init__(promise, **options)
        self._annotation = annotation

    @override
    def described(self) -> Any:
        return self._annotation()

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        if not isinstance(other, _Value):
            return super().admits(other)
        return other._annotation is self._annotation


class _GenericModel(Shape[R, P]):
    """A generic model without capabilities of its own; it may be filled with some.

    Its arguments are the shapes of its type arguments.
    """

    __slots__ = ("_fields", "_origin")

    def __init__(
        self,
        promise: Callable[..., P],
        origin: Callable[[], Any],
        fields: Callable[[], Mapping[str, FieldShape]] | None,
        *args: Shape[Any, Any],
    ) -> None:
        super().__init__(promise, *args)
        self._origin = origin
        self._fields = fields

    @override
    def described(self) -> Any:
        # Inside of a model its own configuration decides what is strict.
        args = tuple(
            arg.annotation() if arg.carries else _without_strictness(arg.annotation())
            for arg in self.args
        )
        return self._origin()[args]

    @override
    def _fits(self, value: object) -> bool:
        return isinstance(value, self._origin())

    @override
    def _send(self, value: Any) -> object:
        assert self._fields is not None, "generated for all that can be filled with such"
        if not self._fits(value):
            raise CallError(f"a {type(value).__qualname__} is no {self._origin().__name__}")
        return send_fields(value, self._fields())


class _Any(Shape[R, P]):
    """Anything that can travel, as it is; objects go by their own public interface."""

    __slots__ = ()

    @override
    def described(self) -> Any:
        return Any

    @override
    def _fits(self, value: object) -> bool:
        return True

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        return True

    @override
    def receive(self, value: object, label: Label) -> R:
        return cast("R", value) if self._constraints is None else super().receive(value, label)


class _None(Shape[R, P]):
    """No value: the result of a method that has none."""

    __slots__ = ()

    @override
    def described(self) -> Any:
        return None

    @override
    def receive(self, value: object, label: Label) -> R:
        # A JavaScript method that is declared to return nothing may well return something.
        return cast("R", None)

    @override
    def send(self, value: object) -> object:
        return UNDEFINED if value is None else value


STR: Shape[str, Promise[str]] = _Exact(str)
INT: Shape[int, Promise[int]] = _Exact(int)
FLOAT: Shape[float, Promise[float]] = _Exact(float)
BOOL: Shape[bool, Promise[bool]] = _Exact(bool)
BYTES: Shape[bytes, Promise[bytes]] = _Exact(bytes)
DATETIME: Shape[datetime, Promise[datetime]] = _Exact(datetime)
DECIMAL: Shape[Decimal, Promise[Decimal]] = _Written(Decimal)
UUID: Shape[uuid.UUID, Promise[uuid.UUID]] = _Written(uuid.UUID)
DATE: Shape[date, Promise[date]] = _Written(date)
TIME: Shape[time, Promise[time]] = _Written(time)
TIMEDELTA: Shape[timedelta, Promise[timedelta]] = _Written(timedelta)
PATH: Shape[Path, Promise[Path]] = _Written(Path)
PUREPATH: Shape[PurePath, Promise[PurePath]] = _Written(PurePath)
PUREPOSIXPATH: Shape[PurePosixPath, Promise[PurePosixPath]] = _Written(PurePosixPath)
BLOB: Shape[Blob, Promise[Blob]] = _Instance(Blob)
BIGINT: Shape[BigInt, Promise[BigInt]] = _Instance(BigInt)
FARDATE: Shape[FarDate, Promise[FarDate]] = _Instance(FarDate)
NONE: Shape[None, Promise[None]] = _None(Promise, accepts_none=True)
ANY: Shape[Any, Promise[Any]] = _Any(Promise, accepts_none=True)


def value(annotation: Callable[[], Any], *, accepts_none: bool = False) -> Shape[Any, Promise[Any]]:
    """A type without capabilities or a promise class of its own: a Literal, union, enum..."""
    return _Value(Promise, annotation, accepts_none=accepts_none)


def model(promise: Callable[..., P], annotation: Callable[[], type[R]]) -> Shape[R, P]:
    """A pydantic model, dataclass, TypedDict or NamedTuple without capabilities."""
    return _Value(promise, annotation)


def generic_model(
    promise: Callable[..., P],
    origin: Callable[[], Any],
    *args: Shape[Any, Any],
    fields: Callable[[], Mapping[str, FieldShape]] | None = None,
) -> Shape[Any, P]:
    """A generic model without capabilities of its own.

    Args:
        promise: its promise class.
        origin: gives the model.
        args: the shapes of its type arguments.
        fields: its fields, by which it is sent where it is filled with capabilities.
    """
    return _GenericModel(promise, origin, fields, *args)


def send_fields(value: object, fields: Mapping[str, FieldShape]) -> dict[str, object]:
    """The object that a model is sent as, each field prepared by its shape."""
    return {
        wire_name: shape.send(getattr(value, name))
        for name, (wire_name, shape, _) in fields.items()
    }


def constrained(base: Shape[R, P], **conditions: Any) -> Shape[R, P]:
    """`Annotated[base, Field(...)]`; bounds that are no number are in their form on the wire."""
    return base.constrained(lambda: metadata(conditions, _kind(base)))


def annotated(base: Shape[Any, Any], alias: Callable[[], Any]) -> Shape[Any, Any]:
    """`Name = Annotated[base, ...]`, by its name."""

    def behind() -> tuple[object, ...]:
        found = alias()
        found = getattr(found, "__value__", found)  # of a TypeAliasType
        return tuple(get_args(found)[1:])

    return base.constrained(behind)


def _kind(shape: Shape[Any, Any]) -> type | None:
    """The class of a scalar, or of one that may be None."""
    if isinstance(shape, _Exact | _Written):
        return shape._type
    return _kind(shape.args[0]) if shape.accepts_none and shape.args else None


def newtype(base: Shape[Any, Any]) -> Shape[Any, Any]:
    """A NewType: at run time there is no difference to what it is made of."""
    return base


def _comparable(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """Refuse what the conditions cannot be asked of, which pydantic takes for a fault of theirs."""
    try:
        return check(value)
    except (TypeError, ArithmeticError) as error:  # a time with an offset and one without; 1E999999
        raise ValueError(str(error) or "too large for its conditions") from None


def _without_strictness(annotation: Any) -> Any:
    """An annotation as the user wrote it, without what `_Exact` adds."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        said = [part for part in args[1:] if not isinstance(part, Strict | PlainValidator)]
        return cast("Any", Annotated)[(args[0], *said)] if said else args[0]
    if origin in {list, dict, tuple, Union}:
        return origin[tuple(map(_without_strictness, args))]
    return annotation


def _argument_error(error: ValidationError, label: str) -> ArgumentError:
    """All that pydantic found, each with its path, in one message."""
    found = [
        f"{label}{format_path(detail['loc'])}: {detail['msg'].removeprefix('Value error, ')}"
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return ArgumentError("; ".join(found))
