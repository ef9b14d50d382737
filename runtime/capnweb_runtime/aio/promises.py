"""Promises of values whose parts are known: lists, dicts, tuples, optionals; and of functions.

The first type parameter is what an await gives, the second the promise class of an element.
"""

from collections.abc import Awaitable, Iterator
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeAlias, TypeVar, overload

from capnweb_runtime.aio.refs import MYPY, Promise, Stub

if TYPE_CHECKING:
    from capnweb_runtime.aio.shapes import Shape

__all__ = [
    "Arg",
    "Callback",
    "CallbackPromise",
    "DictPromise",
    "ListPromise",
    "MaybeAwaitable",
    "OptionalListPromise",
    "OptionalPromise",
    "Seq",
    "TuplePromise2",
    "TuplePromise3",
    "TuplePromise4",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P_co = TypeVar("P_co", covariant=True)
PR = TypeVar("PR")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
PA_co = TypeVar("PA_co", covariant=True)
PB_co = TypeVar("PB_co", covariant=True)
PC_co = TypeVar("PC_co", covariant=True)
PD_co = TypeVar("PD_co", covariant=True)
Ps = ParamSpec("Ps")

#: What an argument may be: the value, or a promise of it.
Arg: TypeAlias = T | Promise[T]

#: What a handler may return: the value, or an awaitable of it.
MaybeAwaitable: TypeAlias = T | Awaitable[T]


class Seq(Protocol[T_co]):
    """A list or tuple of `T`, but no str and no bytes."""

    @overload
    def __getitem__(self, index: int, /) -> T_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> "Seq[T_co]": ...
    def __contains__(self, value: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T_co]: ...


class ListPromise(Promise[list[T]], Generic[T, P_co]):
    """Promise of a list; `promise[i]` is the promise of an element."""

    __slots__ = ()

    if not MYPY:  # `for x in promise` would otherwise go through __getitem__ for ever
        __iter__: None = None
        __contains__: None = None

    def __getitem__(self, index: int, /) -> P_co:
        element: Shape[Any, P_co] = self._shape.args[0]
        return self._get(index, element)


class DictPromise(Promise[dict[str, T]], Generic[T, P_co]):
    """Promise of a dict; `promise["key"]` is the promise of a value."""

    __slots__ = ()

    if not MYPY:
        __iter__: None = None
        __contains__: None = None

    def __getitem__(self, key: str, /) -> P_co:
        element: Shape[Any, P_co] = self._shape.args[0]
        return self._get(key, element)


class OptionalPromise(Promise[T_co | None], Generic[T_co, P_co]):
    """Promise of `T | None`, where `T` is no list."""

    __slots__ = ()

    @property
    def some(self) -> P_co:
        """The same, taken not to be None: what is made of it fails at the peer if it is."""
        element: Shape[Any, P_co] = self._shape.args[0]
        return element.promise(self._hook, self._path, element, self._origin)


class OptionalListPromise(Promise[list[T] | None], Generic[T, P_co]):
    """Promise of `list[T] | None`."""

    __slots__ = ()

    @property
    def some(self) -> ListPromise[T, P_co]:
        """The same, taken not to be None: what is made of it fails at the peer if it is."""
        return ListPromise(self._hook, self._path, self._shape, self._origin)


class _TuplePromise(Promise[T_co]):
    __slots__ = ()

    def _item(self, index: int) -> Any:
        return self._get(index, self._shape.args[index])


class TuplePromise2(_TuplePromise[tuple[A, B]], Generic[A, B, PA_co, PB_co]):
    """Promise of a pair."""

    __slots__ = ()

    @property
    def item0(self) -> PA_co:
        """The promise of its element."""
        return self._item(0)  # type: ignore[no-any-return]

    @property
    def item1(self) -> PB_co:
        """The promise of its element."""
        return self._item(1)  # type: ignore[no-any-return]


class TuplePromise3(_TuplePromise[tuple[A, B, C]], Generic[A, B, C, PA_co, PB_co, PC_co]):
    """Promise of a tuple of three."""

    __slots__ = ()

    @property
    def item0(self) -> PA_co:
        """The promise of its element."""
        return self._item(0)  # type: ignore[no-any-return]

    @property
    def item1(self) -> PB_co:
        """The promise of its element."""
        return self._item(1)  # type: ignore[no-any-return]

    @property
    def item2(self) -> PC_co:
        """The promise of its element."""
        return self._item(2)  # type: ignore[no-any-return]


class TuplePromise4(
    _TuplePromise[tuple[A, B, C, D]], Generic[A, B, C, D, PA_co, PB_co, PC_co, PD_co]
):
    """Promise of a tuple of four."""

    __slots__ = ()

    @property
    def item0(self) -> PA_co:
        """The promise of its element."""
        return self._item(0)  # type: ignore[no-any-return]

    @property
    def item1(self) -> PB_co:
        """The promise of its element."""
        return self._item(1)  # type: ignore[no-any-return]

    @property
    def item2(self) -> PC_co:
        """The promise of its element."""
        return self._item(2)  # type: ignore[no-any-return]

    @property
    def item3(self) -> PD_co:
        """The promise of its element."""
        return self._item(3)  # type: ignore[no-any-return]


class Callback(Stub, Generic[Ps, PR]):
    """A function of the peer: `Callback[[Arg[Event]], Promise[None]]`."""

    __slots__ = ()

    def __call__(self, *args: Ps.args, **kwargs: Ps.kwargs) -> PR:
        """Call it; the call is sent at once."""
        if kwargs:
            raise TypeError("a function of the peer takes its arguments by position")
        shape: Any = self._shape
        arguments = (param.send(arg) for param, arg in zip(shape.params, args, strict=True))
        returns: Shape[Any, PR] = shape.returns
        return self._call_self(tuple(arguments), returns)


class CallbackPromise(Callback[Ps, PR], Promise[Callback[Ps, PR]], Generic[Ps, PR]):
    """Promise of a function."""

    __slots__ = ()
