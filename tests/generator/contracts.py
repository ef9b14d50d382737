"""Contracts made by hypothesis, and changes of them."""

import math
from typing import TypeVar

from hypothesis import strategies as st

from capnweb_gen.diagnostics import Span
from capnweb_gen.ir import (
    Cap,
    Constrained,
    Constraint,
    Contract,
    Default,
    Dict,
    Field,
    Func,
    Interface,
    List,
    Literal,
    LiteralValue,
    Method,
    Named,
    Optional,
    Param,
    ParamKind,
    Property,
    Ref,
    Scalar,
    Signature,
    Stream,
    Tuple,
    Type,
    TypeDef,
    TypeKind,
    Union,
    Var,
    Variance,
)

__all__ = ["NOWHERE", "contracts"]

T = TypeVar("T")

NOWHERE = Span("made.json", 1, 1, 1, 1)

#: Few, so that members of the same name come up in several places.
names = st.sampled_from(["add", "find", "item", "limit", "name", "open", "value", "größe"])

docs = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)

scalars = st.sampled_from(["any", "none", "bool", "int", "float", "str", "bytes", "datetime"])

_VALUES: list[str | int | bool | None] = [1, 2, True, False, "a", "b", None, -3, ""]

_ENUM_VALUES: list[str | int | float] = ["a", "b", 1, 2, 0.5, math.inf, -math.inf]

literal_values = st.sampled_from(_VALUES).map(lambda value: LiteralValue(value, repr(value)))

defaults = st.none() | st.sampled_from(["None", "3", "'x'", "LIMIT"]).map(Default)


class _Maker:
    """Makes the parts of one contract, whose names are decided first."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        module = draw(st.sampled_from(["api", "shop.api"]))
        interfaces = draw(st.integers(1, 4))
        types = draw(st.integers(0, 5))
        self.module = module
        self.interfaces = {
            Ref(module, f"I{number}"): self.params(module) for number in range(interfaces)
        }
        self.types = {
            Ref(f"{module}.models", f"T{number}"): draw(st.sampled_from(list(TypeKind)))
            for number in range(types)
        }
        self.generic = {
            ref: self.params(ref.module) if kind is TypeKind.MODEL else ()
            for ref, kind in self.types.items()
        }

    def params(self, module: str) -> tuple[Var, ...]:
        variances = self.draw(st.lists(st.sampled_from(list(Variance)), max_size=2))
        if self.draw(st.booleans()):  # most are not generic
            return ()
        return tuple(
            Var(Ref(module, name), variance)
            for name, variance in zip("TS", variances, strict=False)
        )

    def type(self, known: tuple[Var, ...], depth: int = 2) -> Type:
        draw = self.draw
        kinds = ["scalar", "scalar", "literal", *(["var"] if known else [])]
        if depth:
            kinds += ["list", "dict", "tuple", "endless", "optional", "union", "constrained"]
            kinds += ["function", "stream", "interface", *(["type"] if self.types else [])]
        match draw(st.sampled_from(kinds)):
            case "var":
                return draw(st.sampled_from(known))
            case "literal":
                return Literal(tuple(draw(st.lists(literal_values, min_size=1, max_size=3))))
            case "list":
                return List(self.type(known, depth - 1))
            case "dict":
                return Dict(self.type(known, depth - 1))
            case "tuple":
                return Tuple(self.several(known, depth - 1))
            case "endless":
                return Tuple((self.type(known, depth - 1),), endless=True)
            case "constrained":
                conditions = st.tuples(st.sampled_from(["gt", "le", "max_length"]), st.integers())
                found = draw(st.lists(conditions.map(lambda each: Constraint(*each)), min_size=1))
                return Constrained(self.type(known, 0), tuple(found))
            case "optional":
                return Optional(self.type(known, depth - 1))
            case "union":
                by = draw(st.sampled_from([None, None, "kind"]))
                return Union((self.type(known, depth - 1), *self.several(known, depth - 1)), by)
            case "function":
                return Func(self.several(known, depth - 1), self.type(known, depth - 1))
            case "stream":
                return Stream(self.type(known, depth - 1))
            case "interface":
                ref = draw(st.sampled_from(list(self.interfaces)))
                return Cap(ref, tuple(self.type(known, 0) for _ in self.interfaces[ref]))
            case "type":
                ref = draw(st.sampled_from(list(self.types)))
                return Named(ref, tuple(self.type(known, 0) for _ in self.generic[ref]))
            case _:
                return Scalar(draw(scalars))

    def several(self, known: tuple[Var, ...], depth: int) -> tuple[Type, ...]:
        return tuple(self.type(known, depth) for _ in range(self.draw(st.integers(0, 2))))

    def signature(self, known: tuple[Var, ...]) -> Signature:
        draw = self.draw
        positional = draw(st.lists(names, unique=True, max_size=3))
        first = draw(st.integers(0, len(positional)))
        params = [
            self.param(
                name,
                draw(st.sampled_from([ParamKind.POSITIONAL, ParamKind.NORMAL])),
                known,
                required=place < first,
            )
            for place, name in enumerate(positional)
        ]
        if draw(st.booleans()):
            params.append(self.param("rest", ParamKind.REST, known, required=True))
        for name in draw(st.lists(names, unique=True, max_size=2)):
            if name not in positional:
                required = draw(st.booleans())
                params.append(self.param(name, ParamKind.OPTION, known, required=required))
        return Signature(tuple(params), self.type(known))

    def param(self, name: str, kind: ParamKind, known: tuple[Var, ...], *, required: bool) -> Param:
        default = None if required else Default(self.draw(st.sampled_from(["None", "3", "LIMIT"])))
        wire_name = self.camel(name) if kind is ParamKind.OPTION else name
        return Param(name, wire_name, kind, self.type(known), default, NOWHERE)

    def camel(self, name: str) -> str:
        """Now and then, a name on the wire that is another."""
        return f"{name}Camel" if self.draw(st.booleans()) else name

    def member(self, name: str, known: tuple[Var, ...]) -> Method | Property:
        draw = self.draw
        wire_name, deprecated, doc = self.camel(name), draw(docs), draw(docs)
        if draw(st.booleans()):
            return Property(name, wire_name, self.type(known), deprecated, doc, NOWHERE)
        signatures = tuple(self.signature(known) for _ in range(draw(st.sampled_from([1, 1, 2]))))
        return Method(name, wire_name, signatures, draw(st.booleans()), deprecated, doc, NOWHERE)

    def interface(self, ref: Ref, known: tuple[Var, ...]) -> Interface:
        members = tuple(
            self.member(name, known) for name in self.draw(st.lists(names, unique=True, max_size=3))
        )
        return Interface(ref, known, (), members, self.draw(docs), NOWHERE)

    def definition(self, ref: Ref, kind: TypeKind) -> TypeDef:
        draw, known = self.draw, self.generic[ref]
        doc = draw(docs)
        if kind in {TypeKind.ENUM, TypeKind.FLAGS}:
            known_values = [1, 2, 4] if kind is TypeKind.FLAGS else _ENUM_VALUES
            values = draw(st.lists(st.sampled_from(known_values), unique=True))
            named = tuple(f"M{place}" for place in range(len(values)))
            return TypeDef(ref, kind, (), (), tuple(values), None, doc, NOWHERE, names=named)
        if kind in {TypeKind.NEW_TYPE, TypeKind.ALIAS}:
            return TypeDef(ref, kind, (), (), (), self.type(()), doc, NOWHERE)
        fields = tuple(
            self.field(name, known) for name in draw(st.lists(names, unique=True, max_size=3))
        )
        if kind is TypeKind.NAMED_TUPLE:
            fields = tuple(sorted(fields, key=lambda field: not field.required))
        others = [other for other in self.types if other != ref]
        ancestors = frozenset(draw(st.lists(st.sampled_from(others)))) if others else frozenset()
        closed = draw(st.booleans())
        return TypeDef(
            ref, kind, known, fields, (), None, doc, NOWHERE, ancestors=ancestors, closed=closed
        )

    def field(self, name: str, known: tuple[Var, ...]) -> Field:
        required = self.draw(st.booleans())
        default = None if required else self.draw(defaults)
        return Field(name, self.camel(name), self.type(known), required, NOWHERE, default)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Any contract: with recursion, generics, and all kinds of members and types."""
    maker = _Maker(draw)
    return Contract(
        maker.module,
        {ref: maker.interface(ref, params) for ref, params in maker.interfaces.items()},
        {ref: maker.definition(ref, kind) for ref, kind in maker.types.items()},
        {},
    )
