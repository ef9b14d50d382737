"""The members of fakes: what a test says that they answer, and what they were called with.

Generated code makes a fake of each interface: an object with one of these for each method, called
as the method is, and so an implementation of the interface. What is called through a session goes
through all of it; nothing here knows of one.

The names that generated code uses, `method`, `stream`, `overloaded` and `value`, are kept as those
of `capnweb_runtime.generated` are.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, TypeVar

from typing_extensions import override

from capnweb_runtime.aio.interfaces import with_defaults
from capnweb_runtime.aio.promises import MaybeAwaitable
from capnweb_runtime.aio.refs import Promise

__all__ = [
    "Call",
    "FakeMethod",
    "FakeStream",
    "OverloadedFake",
    "method",
    "overloaded",
    "raising",
    "stream",
    "value",
]

P = ParamSpec("P")
R = TypeVar("R")
I = TypeVar("I")  # noqa: E741 (of an item)
X = TypeVar("X")


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """What a fake's method was called with.

    Attributes:
        args: those passed by position; `UNSET` for one that was skipped.
        kwargs: the keyword-only ones.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @override
    def __repr__(self) -> str:
        shown = [*map(repr, self.args), *(f"{key}={val!r}" for key, val in self.kwargs.items())]
        return f"call({', '.join(shown)})"


class FakeMethod(Generic[P, R]):
    """A method of a fake.

    Attributes:
        calls: all calls so far, in order, whatever came of them.
    """

    #: What the message about an answer that is missing proposes.
    _remedy = ".returns(...), .does(...) or .raises(...)"

    def __init__(self, function: Callable[..., Any]) -> None:
        """Made for a method of a generated target."""
        self._declared = function
        self._function: Callable[..., Any] | None = None
        self.calls: list[Call] = []

    def returns(self, value: R, /) -> None:
        """Have every call give `value`. Of what may be used only once, each wants its own."""
        self._function = lambda *_, **__: value

    def returns_each(self, values: Iterable[R], /) -> None:
        """Have the calls give these, one after the other; the one after the last fails."""
        rest = iter(values)

        def next_value(*_: object, **__: object) -> R:
            for value in rest:
                return value
            raise self._unanswered("has given all that returns_each was told")

        self._function = next_value

    def raises(self, error: BaseException, /) -> None:
        """Have every call raise `error`."""
        self._function = raising(error)._fail

    def does(self, function: Callable[P, R], /) -> None:
        """Have every call call `function`, with what it was called with; or await it."""
        self._function = function

    def call(self, *args: P.args, **kwargs: P.kwargs) -> Call:
        """The `Call` with these arguments, to compare `calls` with."""
        return Call(args, kwargs)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Note the call, and answer.

        Raises:
            NotImplementedError: if the test has not said how.
        """
        self.calls.append(Call(args, kwargs))
        if self._function is None:
            raise self._unanswered("was called, but not told what to answer")
        given = list(args)
        answer: R = self._function(*with_defaults(self._function, given), **kwargs)
        return answer

    @override
    def __repr__(self) -> str:
        return f"<fake {self._name}>"

    @property
    def _name(self) -> str:
        return self._declared.__qualname__

    def _unanswered(self, what: str) -> NotImplementedError:
        member = f"fake.{self._declared.__name__}"
        return NotImplementedError(f"the fake of {self._name} {what}: use {member}{self._remedy}")


class FakeStream(FakeMethod[P, R], Generic[P, R, I]):
    """A method of a fake that gives a stream."""

    _remedy = ".yields(...), .does(...) or .raises(...)"

    def yields(self, *chunks: I) -> None:
        """Have every call give a new stream of these."""

        async def generate(*_: object, **__: object) -> AsyncIterator[I]:
            for chunk in chunks:
                yield chunk

        self._function = generate


class OverloadedFake(FakeMethod[..., R], Generic[R]):
    """A method of a fake that is overloaded or generic: type checkers know what it may give."""

    @override
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs)


class _Value:
    """A property of a class of fakes; each fake has a value of its own."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner.__qualname__
        self._name = name

    def __get__(self, fake: object, owner: type) -> object:
        if fake is None:
            return self
        values = vars(fake)
        if self._name in values:
            return values[self._name]
        # Not raised here: to look whether a fake has its members is not to read them.
        return raising(
            NotImplementedError(
                f"{self._owner}.{self._name} was read, but not told what it is:"
                f" use fake.{self._name} = ..."
            )
        )

    def __set__(self, fake: object, value: object) -> None:
        vars(fake)[self._name] = value


class raising(Awaitable[NoReturn]):  # noqa: N801 (it reads as what it does)
    """An answer that fails when it is awaited, any number of times."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    @override
    def __await__(self) -> Generator[Any, Any, NoReturn]:
        yield from ()
        self._fail()

    def _fail(self, *_: object, **__: object) -> NoReturn:
        raise self._error.with_traceback(None)


# ---- what generated code makes of the members of a target


def method(function: Callable[Concatenate[Any, P], R]) -> FakeMethod[P, R]:
    """A fake of a target's method."""
    return FakeMethod(function)


def stream(
    function: Callable[Concatenate[Any, P], MaybeAwaitable[AsyncIterable[I] | Promise[X]]],
) -> FakeStream[P, MaybeAwaitable[AsyncIterable[I] | Promise[X]], I]:
    """A fake of a target's method that gives a stream."""
    return FakeStream(function)


def overloaded(function: Callable[..., Any]) -> Any:
    """A fake of a target's method that is overloaded or generic."""
    return OverloadedFake(function)


def value() -> Any:
    """A fake of a target's property, to be annotated with its type."""
    return _Value()
