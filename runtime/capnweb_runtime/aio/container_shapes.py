"""Shapes of lists, dicts, tuples and optionals, and of what is mapped over them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import (
    Any,
    TypeVar,
    Union,
    cast,
)

from typing_extensions import override

from capnweb_runtime.aio.promises import (
    DictPromise,
    ListPromise,
    OptionalListPromise,
    OptionalPromise,
    TuplePromise2,
    TuplePromise3,
    TuplePromise4,
)
from capnweb_runtime.aio.refs import Promise, Ref, encode_lent
from capnweb_runtime.aio.shapes import ANY, Shape
from capnweb_runtime.core.hooks import ValueHook

__all__ = [
    "const",
    "dict_of",
    "list_of",
    "optional",
    "optional_list",
    "tuple_all",
    "tuple_of",
    "tuple_of2",
    "tuple_of3",
    "tuple_of4",
]

R = TypeVar("R")
P = TypeVar("P")
V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
PA = TypeVar("PA")
PB = TypeVar("PB")
PC = TypeVar("PC")
PD = TypeVar("PD")


class _Mappable(Shape[R, P]):
    """A type whose promises have a `map`, which goes over values of `args[0]`."""

    __slots__ = ()

    @abstractmethod
    def mapped(self, result: object) -> Shape[Any, Any]:
        """The shape of a map over this, whose function returned `result`."""


class _List(_Mappable[R, P]):
    __slots__ = ()

    @override
    def described(self) -> Any:
        element = list.__class_getitem__(self.args[0].annotation())
        return Union[element, None] if self.accepts_none else element  # noqa: UP007

    @override
    def mapped(self, result: object) -> Shape[Any, Any]:
        element = _shape_of(result)
        return optional_list(element) if self.accepts_none else list_of(element)

    @override
    def _fits(self, value: object) -> bool:
        if value is None:
            return self.accepts_none
        return isinstance(value, list | tuple) and all(map(self.args[0].fits, value))

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        # An optional list admits a list, and None.
        same = isinstance(other, _List) and self.accepts_none >= other.accepts_none
        return (same and self.args[0].admits(other.args[0].itself)) or super().admits(other)

    @override
    def _send(self, value: Any) -> object:
        if value is None or isinstance(value, str):
            return value
        return [self.args[0].send(item) for item in value]


class _Dict(Shape[R, P]):
    __slots__ = ()

    @override
    def described(self) -> Any:
        return dict.__class_getitem__((str, self.args[0].annotation()))

    @override
    def _fits(self, value: object) -> bool:
        return isinstance(value, Mapping) and all(
            isinstance(key, str) and self.args[0].fits(item) for key, item in value.items()
        )

    @override
    def _send(self, value: Any) -> object:
        return {key: self.args[0].send(item) for key, item in value.items()}


class _Tuple(Shape[R, P]):
    __slots__ = ()

    @override
    def described(self) -> Any:
        return tuple.__class_getitem__(tuple(arg.annotation() for arg in self.args))

    @override
    def _fits(self, value: object) -> bool:
        return (
            isinstance(value, list | tuple)
            and len(value) == len(self.args)
            and all(arg.fits(item) for arg, item in zip(self.args, value, strict=True))
        )

    @override
    def _send(self, value: Any) -> object:
        return [arg.send(item) for arg, item in zip(self.args, value, strict=True)]


class _EndlessTuple(Shape[R, P]):
    __slots__ = ()

    @override
    def described(self) -> Any:
        return tuple.__class_getitem__((self.args[0].annotation(), ...))

    @override
    def _fits(self, value: object) -> bool:
        return isinstance(value, list | tuple) and all(map(self.args[0].fits, value))

    @override
    def _send(self, value: Any) -> object:
        return [self.args[0].send(item) for item in value]


class _Optional(_Mappable[R, P]):
    __slots__ = ()

    @override
    def described(self) -> Any:
        return Union[self.args[0].annotation(), None]  # noqa: UP007 (made at run time)

    @override
    def mapped(self, result: object) -> Shape[Any, Any]:
        # The peer applies a map to null by giving null, and to an array by going through it, so
        # that one optional in another is one, and a list in one is an optional list.
        shape = _shape_of(result)
        if isinstance(shape, _List):
            return optional_list(shape.args[0])
        return shape if isinstance(shape, _Optional) else optional(shape)

    @override
    def _fits(self, value: object) -> bool:
        return value is None or self.args[0].fits(value)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        return self.args[0].admits(other) or super().admits(other)

    @override
    def _send(self, value: Any) -> object:
        return value if value is None else self.args[0].send(value)


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


def _shape_of(result: object) -> Shape[Any, Any]:
    """The shape of what the function of a map returned: promises, and what is made of them."""
    if isinstance(result, Ref):
        return cast("Shape[Any, Any] | None", result._shape) or ANY
    if isinstance(result, tuple):
        items = [_shape_of(item) for item in result]
        make = {2: tuple_of2, 3: tuple_of3, 4: tuple_of4}.get(len(items), tuple_of)
        return cast("Any", make)(*items)  # type: ignore[no-any-return]  # by its arity
    if isinstance(result, dict) and result:
        kinds = {id(shape): shape for shape in map(_shape_of, result.values())}
        return dict_of(next(iter(kinds.values())) if len(kinds) == 1 else ANY)
    if isinstance(result, list) and result:
        return list_of(_shape_of(result[0]))
    raise TypeError(
        f"the function of a map must return promises or what is made of them, not {result!r}"
        " (a plain value: const(value))"
    )


def const(value: V) -> Promise[V]:
    """A promise of a value that is here, for the function of a map."""
    return Promise(ValueHook(encode_lent(value)), (), ANY)
