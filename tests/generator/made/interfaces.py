"""Interfaces of modules that were made, and going through all of their members."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from capnweb_gen.ir import attribute_of
from capnweb_runtime import UNSET
from tests.generator.made.types import Type, World

__all__ = ["Interface", "Method", "Param", "Property"]

#: Which arguments can be left out, though others follow, since those are passed by name.
_NAMED: Final = "normal"


@dataclass(frozen=True)
class Param:
    """A parameter: `kind` is positional, normal, rest or option; `default` is source, or None."""

    name: str
    kind: str
    type: Type
    default: str | None


@dataclass(frozen=True)
class Property:
    """A property."""

    name: str
    type: Type
    doc: str

    async def exercise(self, stub: Any, fake: Any, world: World) -> None:
        """Read it."""
        value = self.type.value(world)
        setattr(fake, self.name, value)
        promise = getattr(stub, attribute_of(self.name))
        await self.type.check(await promise, value, world)


@dataclass(frozen=True)
class Method:
    """A method."""

    name: str
    params: tuple[Param, ...]
    returns: Type
    doc: str

    async def exercise(self, stub: Any, fake: Any, world: World) -> None:
        """Call it, with some of its arguments."""
        args, kwargs = self._arguments(world)
        expected, named = self._expected(args, kwargs)
        result = self.returns.value(world)
        outcome: list[Exception | None] = []

        async def handler(*got: Any, **options: Any) -> Any:
            try:
                await self._check(got, expected, options, named, world)
            except Exception as error:
                outcome.append(error)
                raise
            outcome.append(None)
            return result

        member = getattr(fake, self.name)
        member.does(handler)
        before = len(member.calls)
        with getattr(stub, attribute_of(self.name))(*args, **kwargs) as promise:
            try:
                received = await promise
            finally:
                for error in filter(None, outcome):
                    raise error  # what the caller is told of it says little
            assert outcome == [None]
            assert len(member.calls) == before + 1
            await self.returns.check(received, result, world)
            if not self.returns.carries:
                await self.returns.check_promise(promise, result, world)

    async def _check(
        self,
        got: tuple[Any, ...],
        expected: list[Any],
        options: dict[str, Any],
        named: dict[str, Any],
        world: World,
    ) -> None:
        assert len(got) == len(expected)
        for t, received, sent in zip(self._types(), got, expected, strict=False):
            if sent is UNSET:
                assert received is UNSET
            else:
                await t.check(received, sent, world)
        assert options.keys() == named.keys()
        for param in self.params:
            if param.name in named:
                await param.type.check(options[param.name], named[param.name], world)

    def _arguments(self, world: World) -> tuple[list[Any], dict[str, Any]]:
        """Positional arguments, of which some may be missing, and those passed by name."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        skipped = False
        for param in self.params:
            if param.default is not None and not world.boolean():
                skipped = skipped or param.kind != "option"
            elif param.kind == "rest":
                args += [] if skipped else world.several(partial(param.type.value, world))
            elif param.kind == "option" or (skipped and param.kind == _NAMED):
                kwargs[param.name] = param.type.value(world)
            elif not skipped:
                args.append(param.type.value(world))
        return args, kwargs

    def _expected(
        self, args: list[Any], kwargs: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The same as the implementation is called with them."""
        expected = list(args)
        named = dict(kwargs)
        positional = [p for p in self.params if p.kind in {"positional", _NAMED}]
        for index, param in enumerate(positional):
            if param.name in named:
                expected += [UNSET] * (index - len(expected))
                expected.append(named.pop(param.name))
        return expected, named

    def _types(self) -> list[Type]:
        types = [param.type for param in self.params if param.kind in {"positional", _NAMED}]
        return types + [param.type for param in self.params if param.kind == "rest"] * 9


@dataclass(frozen=True)
class Interface:
    """An interface: its name, as Python normalizes it, and all its members."""

    name: str
    members: tuple[Method | Property, ...]
    is_generic: bool
    doc: str

    async def exercise(self, stub: Any, fake: Any, world: World, most: int = 99) -> None:
        """Call and read the members, or the first few."""
        for member in self.members[:most]:
            await member.exercise(stub, fake, world)
