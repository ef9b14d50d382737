"""Types of interface modules: how they are written, their values, and what arrives of those."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Final, Protocol

from hypothesis import strategies as st
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_gen.ir import attribute_of
from tests.generator.made.texts import encodable

__all__ = [
    "ANY",
    "INT",
    "NONE",
    "SCALARS",
    "STR",
    "VARIABLE",
    "Capability",
    "DictOf",
    "Draw",
    "Function",
    "ListOf",
    "Made",
    "OptionalOf",
    "Plain",
    "Record",
    "StreamOf",
    "TupleOf",
    "Type",
    "World",
]

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class World:
    """A module that was made and what was generated from it, imported.

    Attributes:
        api: the module.
        package: the generated package.
        fakes: its module of fakes.
        draw: draws from a strategy.
        bound: what the type variable stands for, inside of what is generic.
    """

    api: ModuleType
    package: ModuleType
    fakes: ModuleType
    draw: Draw
    bound: "Type | None" = None

    def boolean(self) -> bool:
        """True or False."""
        drawn: bool = self.draw(st.booleans())
        return drawn

    def several(self, make: Callable[[], Any]) -> list[Any]:
        """A few of what `make` gives."""
        return [make() for _ in range(self.draw(st.integers(0, 2)))]


class Type(ABC):
    """A type.

    Attributes:
        source: its annotation.
        carries: whether there are references in its values.
    """

    def __init__(self, source: str, *, carries: bool = False) -> None:
        self.source = source
        self.carries = carries

    @abstractmethod
    def value(self, world: World) -> Any:
        """What is sent."""

    @abstractmethod
    async def check(self, received: Any, sent: Any, world: World) -> None:
        """Check what arrived of it."""

    async def check_promise(self, promise: Any, sent: Any, world: World) -> None:
        """Check what is reached through a promise of it."""
        await self.check(await promise, sent, world)


class Made(Type):
    """A type whose values are made in some way, and arrive as they are."""

    def __init__(self, source: str, make: Callable[[World], Any]) -> None:
        super().__init__(source)
        self.make = make

    @override
    def value(self, world: World) -> Any:
        return self.make(world)

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        assert received == sent
        assert type(received) is type(sent)


class Plain(Made):
    """One whose values a strategy has."""

    def __init__(self, source: str, values: st.SearchStrategy[Any]) -> None:
        super().__init__(source, lambda world: world.draw(values))


_instants = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis wants the bounds so)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | encodable,
    lambda items: st.lists(items, max_size=2) | st.dictionaries(st.sampled_from("abc"), items),
    max_leaves=4,
)

INT: Final = Plain("zz_b.int", st.integers(-(2**53) + 1, 2**53 - 1))
STR: Final = Plain("zz_b.str", encodable)
NONE: Final = Plain("None", st.none())
ANY: Final = Plain("zz_t.Any", _json)

SCALARS: Final[tuple[Made, ...]] = (
    INT,
    STR,
    Plain("zz_b.bool", st.booleans()),
    Plain("zz_b.float", st.floats(allow_nan=False)),
    Plain("zz_b.bytes", st.binary(max_size=9)),
    Plain("zz_dt.datetime", _instants),
)


class _Variable(Type):
    """The type variable of what is generic."""

    def _bound(self, world: World) -> Type:
        assert world.bound is not None
        return world.bound

    @override
    def value(self, world: World) -> Any:
        return self._bound(world).value(world)

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        await self._bound(world).check(received, sent, world)

    @override
    async def check_promise(self, promise: Any, sent: Any, world: World) -> None:
        await self._bound(world).check_promise(promise, sent, world)


VARIABLE: Final = _Variable("zz_T")


class ListOf(Type):
    """`list`."""

    def __init__(self, item: Type) -> None:
        super().__init__(f"zz_b.list[{item.source}]", carries=item.carries)
        self.item = item

    @override
    def value(self, world: World) -> Any:
        return world.several(lambda: self.item.value(world))

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        assert type(received) is list
        for got, each in zip(received, sent, strict=True):
            await self.item.check(got, each, world)

    @override
    async def check_promise(self, promise: Any, sent: Any, world: World) -> None:
        for index, each in enumerate(sent):
            await self.item.check_promise(promise[index], each, world)


class DictOf(Type):
    """`dict[str, ...]`."""

    def __init__(self, item: Type) -> None:
        super().__init__(f"zz_b.dict[zz_b.str, {item.source}]", carries=item.carries)
        self.item = item

    @override
    def value(self, world: World) -> Any:
        keys = world.draw(st.lists(encodable, max_size=2, unique=True))
        return {key: self.item.value(world) for key in keys}

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        assert type(received) is dict
        assert received.keys() == sent.keys()
        for key, each in sent.items():
            await self.item.check(received[key], each, world)


class OptionalOf(Type):
    """`T | None`."""

    def __init__(self, item: Type) -> None:
        super().__init__(f"zz_t.Optional[{item.source}]", carries=item.carries)
        self.item = item

    @override
    def value(self, world: World) -> Any:
        return self.item.value(world) if world.boolean() else None

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        if sent is None:
            assert received is None
        else:
            await self.item.check(received, sent, world)


class TupleOf(Type):
    """A tuple of several."""

    def __init__(self, *items: Type) -> None:
        source = f"zz_b.tuple[{', '.join(item.source for item in items)}]"
        super().__init__(source, carries=any(item.carries for item in items))
        self.items = items

    @override
    def value(self, world: World) -> Any:
        return tuple(item.value(world) for item in self.items)

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        assert type(received) is tuple
        for item, got, each in zip(self.items, received, sent, strict=True):
            await item.check(got, each, world)

    @override
    async def check_promise(self, promise: Any, sent: Any, world: World) -> None:
        for index, (item, each) in enumerate(zip(self.items, sent, strict=True)):
            await item.check_promise(getattr(promise, f"item{index}"), each, world)


class Record(Type):
    """A model: pydantic, dataclass, TypedDict or NamedTuple."""

    def __init__(
        self,
        source: str,
        kind: str,
        fields: dict[str, Type],
        keywords: dict[str, str],
        bound: Type | None = None,
    ) -> None:
        """Say what was written.

        Args:
            source: its name, with type arguments if it is generic.
            kind: which of the kinds.
            fields: by name, as Python normalizes it.
            keywords: what they are called when one is made.
            bound: of a generic one, what its type variable stands for.
        """
        super().__init__(source, carries=any(field.carries for field in fields.values()))
        self.kind = kind
        self.fields = fields
        self.keywords = keywords
        self.bound = bound

    @override
    def value(self, world: World) -> Any:
        inside = replace(world, bound=self.bound)
        made = {self.keywords[name]: field.value(inside) for name, field in self.fields.items()}
        if self.kind == "TypedDict":
            return made
        return eval(self.source, vars(world.api))(**made)  # noqa: S307 (a name, or one with another)

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        if self.carries:  # received as the class that was generated for it
            assert type(received).__name__ == f"{type(sent).__name__}Result"
            for name, field in self.fields.items():
                await field.check(getattr(received, name), getattr(sent, name), world)
        else:
            assert received == sent
            # pydantic may make the class of a generic model with arguments anew in each task.
            assert self.bound is not None or type(received) is type(sent)

    @override
    async def check_promise(self, promise: Any, sent: Any, world: World) -> None:
        inside = replace(world, bound=self.bound)
        for name, field in self.fields.items():
            part = getattr(promise, attribute_of(name, more=frozenset({"of"})))
            expected = sent[name] if self.kind == "TypedDict" else getattr(sent, name)
            await field.check_promise(part, expected, inside)


class Function(Type):
    """A callback with one parameter."""

    def __init__(self, param: Type, returns: Type) -> None:
        result = f"zz_abc.Awaitable[{returns.source}]"
        super().__init__(f"zz_abc.Callable[[{param.source}], {result}]", carries=True)
        self.param = param
        self.returns = returns

    @override
    def value(self, world: World) -> Any:
        return _Expecting(self, world)

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        sent.argument, sent.result = self.param.value(world), self.returns.value(world)
        try:
            answer = await received(sent.argument)
        finally:
            if sent.error is not None:
                raise sent.error  # what the caller is told of it says little
        await self.returns.check(answer, sent.result, world)


class _Expecting:
    """A function that checks its argument and gives what it was told."""

    argument: Any
    result: Any
    error: Exception | None = None

    def __init__(self, t: Function, world: World) -> None:
        self._type = t
        self._world = world

    async def __call__(self, argument: Any) -> Any:
        try:
            await self._type.param.check(argument, self.argument, self._world)
        except Exception as error:
            self.error = error
            raise
        return self.result


class StreamOf(Type):
    """`AsyncIterator`."""

    def __init__(self, item: Type) -> None:
        super().__init__(f"zz_abc.AsyncIterator[{item.source}]", carries=True)
        self.item = item

    @override
    def value(self, world: World) -> Any:
        return _Chunks(world.several(lambda: self.item.value(world)))

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        got = [chunk async for chunk in received]
        for each, chunk in zip(got, sent.chunks, strict=True):
            await self.item.check(each, chunk, world)


class _Chunks(AsyncIterator[Any]):
    """A stream that remembers its chunks."""

    def __init__(self, chunks: list[Any]) -> None:
        self.chunks = chunks
        self._rest = iter(chunks)

    @override
    async def __anext__(self) -> Any:
        for chunk in self._rest:
            return chunk
        raise StopAsyncIteration


class _Interface(Protocol):
    """What is known of an interface here."""

    @property
    def name(self) -> str: ...
    async def exercise(self, stub: Any, fake: Any, world: World, most: int) -> None: ...


class Capability(Type):
    """An interface: a fake of it is sent, and the first of its members used."""

    def __init__(self, source: str, interface: _Interface, bound: Type | None) -> None:
        super().__init__(source, carries=True)
        self.interface = interface
        self.bound = bound

    @override
    def value(self, world: World) -> Any:
        return getattr(world.fakes, f"Fake{self.interface.name}")()

    @override
    async def check(self, received: Any, sent: Any, world: World) -> None:
        assert isinstance(received, rpc.Stub)
        assert type(received).__name__ == f"{self.interface.name}Stub"
        await self.interface.exercise(received, sent, replace(world, bound=self.bound), 1)
