"""Promises of values whose parts are known: lists, dicts, tuples, optionals; and of functions.

The first type parameter is what an await gives, the second the promise class of an element.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    overload,
)

from typing_extensions import override

from capnweb_runtime.aio.refs import MYPY, Promise, Ref, Stub, record
from capnweb_runtime.core.hook import Hook

if TYPE_CHECKING:
    from capnweb_runtime.aio.shapes import Shape

__all__ = [
    "Arg",
    "Callback",
    "CallbackPromise",
    "DictPromise",
    "ListPromise",
    "MapResult",
    "MaybeAwaitable",
    "OptionalListPromise",
    "OptionalMapResult",
    "OptionalPromise",
    "Seq",
    "StreamPromise",
    "TuplePromise2",
    "TuplePromise3",
    "TuplePromise4",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P_co = TypeVar("P_co", covariant=True)
R = TypeVar("R")
PR = TypeVar("PR")
PA = TypeVar("PA")
PB = TypeVar("PB")
PC = TypeVar("PC")
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


class MapResult(Protocol[T_co, P_co]):
    """What the function of a map may return: what resolves to a `T`, and whose own class is `P`.

    So that one type variable each can be solved: `T` through `__await__`, `P` through a method that
    returns Self. Python has no other way from a promise class to both.
    """

    def __await__(self) -> Generator[Any, Any, T_co]: ...
    def __rpc_self__(self) -> P_co: ...


class OptionalMapResult(Protocol[T_co]):
    """What the function of a map over an optional may return: `T` is what it is as an optional."""

    def __rpc_optional__(self) -> T_co: ...


#: A function of a map that returns one promise.
_Plain: TypeAlias = Callable[[P_co], MapResult[R, PR]]


def _mapped(promise: Ref, function: Callable[[Any], object]) -> Any:
    """The promise of a map over `promise`, whose shape is a list's or an optional's."""
    shape = promise._shape
    element: Shape[Any, Any] = shape.args[0]

    def placeholder(hook: Hook) -> object:
        return element.promise(hook, (), element, promise._origin)

    hook, result = record(promise._hook, promise._path, function, placeholder)
    mapped = shape.mapped(result)
    return mapped.promise(hook, (), mapped, promise._origin)


class ListPromise(Promise[list[T]], Generic[T, P_co]):
    """Promise of a list; `promise[i]` is the promise of an element."""

    __slots__ = ()

    if not MYPY:  # `for x in promise` would otherwise go through __getitem__ for ever
        __iter__: None = None
        __contains__: None = None

    def __getitem__(self, index: int, /) -> P_co:
        element: Shape[Any, P_co] = self._shape.args[0]
        return self._get(index, element)

    # The overloads must not overlap: mypy gives Any for a lambda that fits two of them. The plain
    # one stands first and last, since mypy names the first in its messages and pyright the last.
    @overload
    def map(self, function: "_Plain[P_co, R, PR]", /) -> "ListPromise[R, PR]": ...
    @overload
    def map(
        self, function: Callable[[P_co], tuple[MapResult[A, PA], MapResult[B, PB]]], /
    ) -> "ListPromise[tuple[A, B], TuplePromise2[A, B, PA, PB]]": ...
    @overload
    def map(
        self,
        function: Callable[[P_co], tuple[MapResult[A, PA], MapResult[B, PB], MapResult[C, PC]]],
        /,
    ) -> "ListPromise[tuple[A, B, C], TuplePromise3[A, B, C, PA, PB, PC]]": ...
    @overload
    def map(
        self, function: Callable[[P_co], dict[str, MapResult[R, PR]]], /
    ) -> "ListPromise[dict[str, R], DictPromise[R, PR]]": ...
    @overload
    def map(
        self, function: Callable[[P_co], list[MapResult[R, PR]]], /
    ) -> "ListPromise[list[R], ListPromise[R, PR]]": ...
    @overload
    def map(self, function: "_Plain[P_co, R, PR]", /) -> "ListPromise[R, PR]": ...  # type: ignore[overload-cannot-match]  # pyright: ignore[reportOverlappingOverload]
    def map(self, function: Callable[[P_co], Any], /) -> Any:
        """Have the peer apply `function` to each element, in this same round trip.

        `function` runs once, here and now, on a placeholder: the calls that it makes are recorded
        and travel as instructions. It must do nothing else, and return promises, or a tuple, list,
        dict or model made of them.
        """
        return _mapped(self, function)

    if TYPE_CHECKING:

        @override
        def __rpc_optional__(self) -> "OptionalListPromise[T, P_co]": ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]


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

    @overload
    def map(self, function: Callable[[P_co], OptionalMapResult[R]], /) -> R: ...
    @overload
    def map(
        self, function: Callable[[P_co], tuple[MapResult[A, PA], MapResult[B, PB]]], /
    ) -> "OptionalPromise[tuple[A, B], TuplePromise2[A, B, PA, PB]]": ...
    @overload
    def map(
        self, function: Callable[[P_co], dict[str, MapResult[R, PR]]], /
    ) -> "OptionalPromise[dict[str, R], DictPromise[R, PR]]": ...
    @overload
    def map(self, function: Callable[[P_co], OptionalMapResult[R]], /) -> R: ...  # type: ignore[overload-cannot-match]  # pyright: ignore[reportOverlappingOverload]
    def map(self, function: Callable[[P_co], Any], /) -> Any:
        """Have the peer apply `function` if there is a value (see `ListPromise.map`)."""
        return _mapped(self, function)

    if TYPE_CHECKING:

        @override
        def __rpc_optional__(self) -> Self: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]


class OptionalListPromise(Promise[list[T] | None], Generic[T, P_co]):
    """Promise of `list[T] | None`."""

    __slots__ = ()

    @property
    def some(self) -> ListPromise[T, P_co]:
        """The same, taken not to be None: what is made of it fails at the peer if it is."""
        return ListPromise(self._hook, self._path, self._shape, self._origin)

    # The overloads must not overlap: mypy gives Any for a lambda that fits two of them. The plain
    # one stands first and last, since mypy names the first in its messages and pyright the last.
    @overload
    def map(self, function: "_Plain[P_co, R, PR]", /) -> "OptionalListPromise[R, PR]": ...
    @overload
    def map(
        self, function: Callable[[P_co], tuple[MapResult[A, PA], MapResult[B, PB]]], /
    ) -> "OptionalListPromise[tuple[A, B], TuplePromise2[A, B, PA, PB]]": ...
    @overload
    def map(
        self,
        function: Callable[[P_co], tuple[MapResult[A, PA], MapResult[B, PB], MapResult[C, PC]]],
        /,
    ) -> "OptionalListPromise[tuple[A, B, C], TuplePromise3[A, B, C, PA, PB, PC]]": ...
    @overload
    def map(
        self, function: Callable[[P_co], dict[str, MapResult[R, PR]]], /
    ) -> "OptionalListPromise[dict[str, R], DictPromise[R, PR]]": ...
    @overload
    def map(
        self, function: Callable[[P_co], list[MapResult[R, PR]]], /
    ) -> "OptionalListPromise[list[R], ListPromise[R, PR]]": ...
    @overload
    def map(self, function: "_Plain[P_co, R, PR]", /) -> "OptionalListPromise[R, PR]": ...  # type: ignore[overload-cannot-match]  # pyright: ignore[reportOverlappingOverload]
    def map(self, function: Callable[[P_co], Any], /) -> Any:
        """Have the peer apply `function` to each element, in this same round trip.

        `function` runs once, here and now, on a placeholder: the calls that it makes are recorded
        and travel as instructions. It must do nothing else, and return promises, or a tuple, list,
        dict or model made of them.
        """
        return _mapped(self, function)

    if TYPE_CHECKING:

        @override
        def __rpc_optional__(self) -> Self: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]


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


class StreamPromise(Promise[AsyncIterator[T_co]], Generic[T_co]):
    """Promise of a stream; `async for` goes through it without awaiting it first."""

    __slots__ = ()

    async def __aiter__(self) -> AsyncIterator[T_co]:
        async for chunk in await self:
            yield chunk


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
