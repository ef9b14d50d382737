"""Source of interface modules."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from typing_extensions import override

from tests.generator.made import texts
from tests.generator.made.interfaces import Interface, Method, Param, Property
from tests.generator.made.types import (
    ANY,
    INT,
    NONE,
    SCALARS,
    STR,
    VARIABLE,
    Capability,
    DictOf,
    Draw,
    Function,
    ListOf,
    Made,
    OptionalOf,
    Plain,
    Record,
    StreamOf,
    TupleOf,
    Type,
    World,
)

__all__ = ["Module", "modules"]

#: Names that no class has, for the module's classes may be called as anything in Python's library.
_HEAD = """\
import builtins as zz_b
import collections.abc as zz_abc
import dataclasses as zz_dc
import datetime as zz_dt
import enum as zz_enum
import typing as zz_t
import pydantic as zz_p
import typing_extensions as zz_te
zz_T = zz_t.TypeVar("zz_T")
"""


class Module:
    """A module: its source, by which hypothesis shows it, and the interfaces in it."""

    def __init__(self, source: str, interfaces: tuple[Interface, ...]) -> None:
        self.source = source
        self.interfaces = interfaces

    @override
    def __repr__(self) -> str:
        return f"Module({self.source!r})"


@dataclass
class _Maker:
    """Makes one module."""

    draw: Draw
    lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    data: list[Type] = field(default_factory=list)
    capabilities: list[Capability | Record] = field(default_factory=list)
    interfaces: list[Interface] = field(default_factory=list)

    # ---- names

    def _several(self, names: st.SearchStrategy[str], least: int, most: int) -> list[str]:
        drawn: list[str] = self.draw(
            st.lists(names.filter(self._is_free), min_size=least, max_size=most, unique_by=_plain)
        )
        return drawn

    def _one_of(self, kinds: list[Callable[[], Type]]) -> Type:
        kind: Callable[[], Type] = self.draw(st.sampled_from(kinds))
        return kind()

    def _is_free(self, name: str) -> bool:
        """Whether no class has the name: inside of a class it would hide that from annotations."""
        return _plain(name) not in self.taken

    def _class_name(self) -> str:
        name: str = self.draw(texts.class_names.filter(self._is_free))
        self.taken.add(_plain(name))
        return name

    def _doc(self, indent: int = 4) -> str:
        # Python refuses a class whose docstring has lone surrogates.
        doc: str = self.draw(texts.texts if indent > 4 else texts.encodable)
        self.lines.append(f"{' ' * indent}{doc!r}")
        return doc

    # ---- types

    def plain(self, depth: int = 2) -> Type:
        """A type without references in it."""
        kinds: list[Callable[[], Type]] = [lambda: self.draw(st.sampled_from(SCALARS))]
        if self.data:
            kinds.append(lambda: self.draw(st.sampled_from(self.data)))
        if depth:
            kinds += [
                lambda: ListOf(self.plain(depth - 1)),
                lambda: DictOf(self.plain(depth - 1)),
                lambda: OptionalOf(self.plain(depth - 1)),
                lambda: TupleOf(self.plain(depth - 1), self.plain(depth - 1)),
                self._literal,
                lambda: ANY,
            ]
        return self._one_of(kinds)

    def any(self, *, generics: bool = True) -> Type:
        """A type that may have references in it.

        `generics` is whether it may be a generic interface, which pydantic does not take.
        """
        kinds: list[Callable[[], Type]] = [self.plain, self.plain]
        known = self.capabilities if generics else [t for t in self.capabilities if not t.bound]
        if known:
            one = st.sampled_from(known)
            kinds += [lambda: self.draw(one), lambda: ListOf(self.draw(one))]
            kinds += [lambda: OptionalOf(self.draw(one)), lambda: TupleOf(INT, self.draw(one))]
        kinds += [
            lambda: Function(self.plain(1), self.plain(1)),
            lambda: StreamOf(self.plain(1)),
        ]
        return self._one_of(kinds)

    def _literal(self) -> Type:
        value = st.one_of(texts.encodable, st.integers(-9, 9), st.booleans())
        values = self.draw(st.lists(value, min_size=1, max_size=3, unique_by=repr))
        shown = ", ".join(map(repr, values))
        return Plain(f"zz_t.Literal[{shown}]", st.sampled_from(values))

    # ---- classes

    def enum(self) -> None:
        """An enum, whose values are texts."""
        name = self._class_name()
        values = self.draw(st.lists(texts.encodable, min_size=1, max_size=3, unique=True))
        self.lines.append(f"class {name}(zz_enum.Enum):")
        self._doc()
        self.lines += [f"    A{index} = {value!r}" for index, value in enumerate(values)]

        def make(world: World) -> object:
            return getattr(world.api, _plain(name))(world.draw(st.sampled_from(values)))

        self.data.append(Made(name, make))

    def new_type(self) -> None:
        """A NewType."""
        name = self._class_name()
        target = self.draw(st.sampled_from(SCALARS))
        self.lines.append(f"{name} = zz_t.NewType({_plain(name)!r}, {target.source})")
        self.data.append(Made(name, target.make))

    def record(self) -> None:
        """A model, dataclass, TypedDict or NamedTuple."""
        kind = self.draw(st.sampled_from(["BaseModel", "dataclass", "TypedDict", "NamedTuple"]))
        name = self._class_name()
        fields = self._several(texts.field_names, 1, 3)
        may_carry = kind in {"BaseModel", "dataclass"} and self.draw(st.booleans())
        types = [self.any(generics=False) if may_carry else self.plain() for _ in fields]
        keywords = {_plain(each): _plain(each) for each in fields}
        if kind == "dataclass":
            self.lines.append("@zz_dc.dataclass")
        base = {
            "BaseModel": "(zz_p.BaseModel)",
            "dataclass": "",
            "TypedDict": "(zz_te.TypedDict)",
            "NamedTuple": "(zz_t.NamedTuple)",
        }
        self.lines.append(f"class {name}{base[kind]}:")
        self._doc()
        if kind == "BaseModel" and may_carry:
            self.lines.append("    model_config = zz_p.ConfigDict(arbitrary_types_allowed=True)")
        for each, t in zip(fields, types, strict=True):
            alias = ""
            if kind == "BaseModel" and self.draw(st.booleans()):
                keywords[_plain(each)] = self.draw(_aliases(set(keywords.values())))
                alias = f" = zz_p.Field(alias={keywords[_plain(each)]!r})"
            self.lines.append(f"    {each}: {t.source}{alias}")
        plain = {_plain(each): t for each, t in zip(fields, types, strict=True)}
        made = Record(name, kind, plain, keywords)
        if made.carries:
            self.capabilities.append(made)
        else:
            self.data.append(made)

    def generic_record(self) -> None:
        """A generic model."""
        name = self._class_name()
        one, other = self._several(texts.field_names, 2, 2)
        self.lines += [
            f"class {name}(zz_p.BaseModel, zz_t.Generic[zz_T]):",
            f"    {one}: zz_T",
            f"    {other}: zz_b.list[zz_T]",
        ]
        argument = self.plain(1)
        fields: dict[str, Type] = {_plain(one): VARIABLE, _plain(other): ListOf(VARIABLE)}
        keywords = {each: each for each in fields}
        source = f"{name}[{argument.source}]"
        self.data.append(Record(source, "BaseModel", fields, keywords, bound=argument))

    # ---- interfaces

    def interface(self) -> None:
        """An interface, which later ones may use, and may extend the one before it."""
        name = self._class_name()
        is_generic = self.draw(st.booleans()) and self.draw(st.booleans())
        base = None
        if self.interfaces and not is_generic and self.draw(st.booleans()):
            base = self.interfaces[-1]
        inherited = () if base is None or base.is_generic else base.members
        if inherited and base is not None:
            self.lines.append(f"class {name}({base.name}, zz_t.Protocol):")
        else:
            bases = "zz_t.Protocol[zz_T]" if is_generic else "zz_t.Protocol"
            if not is_generic:  # pydantic checks fields of such a type with isinstance()
                self.lines.append("@zz_t.runtime_checkable")
            self.lines.append(f"class {name}({bases}):")
        doc = self._doc()
        fresh = texts.member_names.filter(
            lambda each: _plain(each) not in {member.name for member in inherited}
        )
        members: list[Method | Property] = []
        for each in self._several(fresh, 1, 4):
            if self.draw(st.integers(0, 3)) == 0:
                members.append(self._property(each))
            else:
                members.append(self._method(each, is_generic=is_generic and not members))
        made = Interface(_plain(name), (*inherited, *members), is_generic, doc)
        self.interfaces.append(made)
        argument = self.plain(1) if is_generic else None
        source = f"{name}[{argument.source}]" if argument else name
        self.capabilities.append(Capability(source, made, argument))

    def _property(self, name: str) -> Property:
        t = self.any()
        if isinstance(t, Function):  # read-only over the wire either way, and no method
            t = STR
        self.lines += ["    @zz_b.property", f"    def {name}(self) -> {t.source}:"]
        doc = self._doc(8)
        self.lines.append("        ...")
        return Property(_plain(name), t, doc)

    def _method(self, name: str, *, is_generic: bool) -> Method:
        returns: Type = (
            VARIABLE if is_generic else self.draw(st.sampled_from([self.any, lambda: NONE]))()
        )
        params = self._params(is_generic=is_generic)
        written = ["self", *_written(params)]
        style = self.draw(st.sampled_from(["async def", "def"]))
        result = returns.source
        if style == "def" and not isinstance(returns, StreamOf) and self.draw(st.booleans()):
            result = f"zz_abc.Awaitable[{result}]"
        self.lines.append(f"    {style} {name}({', '.join(written)}) -> {result}:")
        doc = self._doc(8)
        self.lines.append("        ...")
        plain = tuple(Param(_plain(p.name), p.kind, p.type, p.default) for p in params)
        return Method(_plain(name), plain, returns, doc)

    def _params(self, *, is_generic: bool) -> list[Param]:
        names = self._several(texts.parameter_names, 0, 4)
        kinds = sorted(self.draw(st.sampled_from(_ORDER)) for _ in names)
        params: list[Param] = []
        optional = False
        for name, (_, drawn) in zip(names, kinds, strict=True):
            is_second = drawn == "rest" and any(param.kind == "rest" for param in params)
            kind = "option" if is_second else drawn
            if kind == "rest":
                params.append(Param(name, kind, self.draw(st.sampled_from(SCALARS)), None))
                continue
            default = self.draw(st.none() | texts.encodable.map(repr))
            if kind != "option" and optional and default is None:
                default = "'x'"
            optional = optional or (kind != "option" and default is not None)
            t = STR if default is not None else self.any()
            params.append(Param(name, kind, t, default))
        if is_generic:
            fixed = [p for p in params if p.kind == "option"]
            params = [Param("zz_first", "positional", VARIABLE, None), *fixed]
        return params


_ORDER = [(0, "positional"), (1, "normal"), (1, "normal"), (2, "rest"), (3, "option")]


def _written(params: list[Param]) -> list[str]:
    """Parameters as source, with the signs that part their kinds."""
    written: list[str] = []
    slash = star = False
    for param in params:
        if param.kind != "positional" and not slash and written:
            if any(each.kind == "positional" for each in params):
                written.append("/")
            slash = True
        if param.kind == "option" and not star:
            if not any(each.kind == "rest" for each in params):
                written.append("*")
            star = True
        default = "" if param.default is None else f" = {param.default}"
        stars = "*" if param.kind == "rest" else ""
        written.append(f"{stars}{param.name}: {param.type.source}{default}")
    if params and params[-1].kind == "positional":
        written.append("/")
    return written


def _aliases(taken: set[str]) -> st.SearchStrategy[str]:
    return texts.encodable.filter(lambda alias: alias not in taken)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


@st.composite
def modules(draw: Draw) -> Module:
    """Modules, most of which the generator accepts."""
    maker = _Maker(draw)
    lazily = draw(st.booleans())
    head = [repr(draw(texts.texts)), "from __future__ import annotations" if lazily else ""]
    steps = [maker.enum, maker.new_type, maker.record, maker.record, maker.generic_record]
    for step in draw(st.lists(st.sampled_from(steps), max_size=3)):
        step()
    for _ in range(draw(st.integers(1, 3))):
        maker.interface()
        if draw(st.booleans()):
            maker.record()
    maker.interface()
    source = "\n".join([*head, _HEAD, *maker.lines]) + "\n"
    return Module(source, tuple(maker.interfaces))
