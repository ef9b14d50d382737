"""Interfaces, their members, and the definitions of the types they use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TypeAlias, TypeVar

from capnweb_gen.diagnostics import Span
from capnweb_gen.ir.types import Cap, Func, Named, Ref, Stream, Type, Var, substitute, walk

__all__ = [
    "Contract",
    "Default",
    "Field",
    "Interface",
    "Member",
    "Method",
    "Param",
    "ParamKind",
    "Property",
    "Signature",
    "Surroundings",
    "TypeDef",
    "TypeKind",
    "WireCase",
    "in_order",
    "substitute_in",
]


class ParamKind(Enum):
    """How a parameter is passed."""

    POSITIONAL = "positional"
    NORMAL = "normal"
    REST = "rest"
    OPTION = "option"


class WireCase(Enum):
    """How a name on the wire is made from the one in Python."""

    SAME = "same"
    CAMEL = "camel"


class TypeKind(Enum):
    """What a named type was defined as."""

    MODEL = "model"
    DATACLASS = "dataclass"
    TYPED_DICT = "typed-dict"
    NAMED_TUPLE = "named-tuple"
    ENUM = "enum"
    FLAGS = "flags"
    NEW_TYPE = "new-type"
    ALIAS = "alias"


_CAPABILITIES = (Cap, Func, Stream)

_RECORDS = {TypeKind.MODEL, TypeKind.DATACLASS, TypeKind.TYPED_DICT, TypeKind.NAMED_TUPLE}


@dataclass(frozen=True, slots=True)
class Default:
    """That there is a default, and how it was written. Callers never send it."""

    source: str


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a method; an option travels in one trailing object, under its wire name."""

    name: str
    wire_name: str
    kind: ParamKind
    type: Type
    default: Default | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a method.

    Attributes:
        params: in order, without self.
        returns: what the caller gets by awaiting it.
        type_params: of a generic method, those that are its own.
    """

    params: tuple[Param, ...]
    returns: Type
    type_params: tuple[Var, ...] = ()

    @property
    def types(self) -> tuple[Type, ...]:
        """All types that it is written with."""
        return (*(param.type for param in self.params), self.returns)

    @property
    def ordered(self) -> tuple[Param, ...]:
        """The parameters that are passed by position; the last may be the rest (`*args`)."""
        return tuple(param for param in self.params if param.kind is not ParamKind.OPTION)

    @property
    def options(self) -> tuple[Param, ...]:
        """The parameters that are passed by keyword."""
        return tuple(param for param in self.params if param.kind is ParamKind.OPTION)


@dataclass(frozen=True, slots=True)
class Method:
    """A method.

    Attributes:
        name: in Python.
        wire_name: what it is called by.
        signatures: one, or those of its overloads in order.
        idempotent: whether it is marked as doing no harm when it is carried out twice.
        deprecated: the message of `@deprecated`.
    """

    name: str
    wire_name: str
    signatures: tuple[Signature, ...]
    idempotent: bool
    deprecated: str | None
    doc: str | None
    span: Span = field(compare=False, repr=False)

    @property
    def params(self) -> Iterator[Param]:
        """The parameters of all signatures."""
        for signature in self.signatures:
            yield from signature.params

    @property
    def types(self) -> Iterator[Type]:
        """All types that it is written with."""
        for signature in self.signatures:
            yield from signature.types


@dataclass(frozen=True, slots=True)
class Property:
    """A property, or an attribute that was only annotated: read-only either way.

    Attributes:
        name: in Python.
        wire_name: what it is read by.
        deprecated: the message of `@deprecated`.
    """

    name: str
    wire_name: str
    type: Type
    deprecated: str | None
    doc: str | None
    span: Span = field(compare=False, repr=False)

    @property
    def types(self) -> tuple[Type]:
        """The one type that it is written with."""
        return (self.type,)


Member: TypeAlias = Method | Property


def substitute_in(member: Member, known: Mapping[Ref, Type]) -> Member:
    """The member with the type parameters in `known` filled in."""
    if not known:
        return member
    if isinstance(member, Property):
        return replace(member, type=substitute(member.type, known))
    return replace(
        member,
        signatures=tuple(
            replace(
                each,
                params=tuple(
                    replace(param, type=substitute(param.type, known)) for param in each.params
                ),
                returns=substitute(each.returns, known),
            )
            for each in member.signatures
        ),
    )


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface with all its members, inherited ones included and first."""

    ref: Ref
    params: tuple[Var, ...]
    bases: tuple[Cap, ...]
    members: tuple[Member, ...]
    doc: str | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model: `name` in Python, `wire_name` in the object that travels.

    Attributes:
        default: what it is if it is left out, where the source says so in one place.
    """

    name: str
    wire_name: str
    type: Type
    required: bool
    span: Span = field(compare=False, repr=False)
    default: Default | None = None


@dataclass(frozen=True, slots=True)
class TypeDef:
    """The definition of a named type.

    Attributes:
        fields: of a model, dataclass, TypedDict or NamedTuple.
        values: of an enum, as they travel; of flags, whose sums travel too.
        names: of the members that have these values.
        closed: of a model, whether it refuses fields that it does not know.
        target: what a NewType or alias stands for.
        ancestors: of a model, dataclass, TypedDict or NamedTuple, those that it inherits from.
    """

    ref: Ref
    kind: TypeKind
    params: tuple[Var, ...]
    fields: tuple[Field, ...]
    values: tuple[str | int | float | bool | None, ...]
    target: Type | None
    doc: str | None
    span: Span = field(compare=False, repr=False)
    names: tuple[str, ...] = ()
    closed: bool = False
    ancestors: frozenset[Ref] = field(default=frozenset(), compare=False)

    @property
    def has_values(self) -> bool:
        """Whether it has members with values: an enum, or flags."""
        return self.kind in {TypeKind.ENUM, TypeKind.FLAGS}

    @property
    def is_record(self) -> bool:
        """Whether it has fields, and so a promise class with a property for each."""
        return self.kind in _RECORDS


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else is generated in the same run.

    Attributes:
        packages: for other modules that packages are generated from, the name of the package.
        extended: the interfaces that others extend, here or there.
        cyclic: pairs of modules whose packages cannot inherit from each other's classes.
        added: definitions of this module that only other modules lead to.
        beyond: definitions that only what is generated elsewhere leads to.
    """

    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    extended: frozenset[Ref] = frozenset()
    cyclic: frozenset[tuple[str, str]] = frozenset()
    added: frozenset[Ref] = frozenset()
    beyond: frozenset[Ref] = frozenset()


@dataclass(frozen=True)
class Contract:
    """All interfaces of a module and everything they lead to, in the order of definition.

    Attributes:
        module: its name.
        interfaces: the interfaces.
        types: the named types that they use.
        defined: the classes that the module defines, whether used or not, and where.
        named: what the source says members are called on the wire, by "module:Interface.member".
        wire_case: how the other names on the wire were made from those in Python.
        surroundings: what else is generated with it.
    """

    module: str
    interfaces: Mapping[Ref, Interface]
    types: Mapping[Ref, TypeDef]
    defined: Mapping[str, Span] = field(compare=False, repr=False)
    named: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    wire_case: WireCase = WireCase.SAME
    surroundings: Surroundings = field(default=Surroundings(), compare=False, repr=False)

    def home(self, ref: Ref) -> str | None:
        """The other package that has what is generated for a definition, if one has.

        What is private stays in its module: each package that needs it has its own.
        """
        return None if ref.is_private else self.surroundings.packages.get(ref.module)

    def is_elsewhere(self, ref: Ref) -> bool:
        """Whether another package has what is generated for a definition."""
        return self.home(ref) is not None

    def is_generated(self, ref: Ref) -> bool:
        """Whether this contract's package has what is generated for a definition."""
        return not self.is_elsewhere(ref) and ref not in self.surroundings.beyond

    @property
    def alone(self) -> "Contract":
        """What its own interfaces lead to, as it was before it was told of others."""
        added = self.surroundings.added
        return replace(
            self,
            interfaces={ref: each for ref, each in self.interfaces.items() if ref not in added},
            types={ref: each for ref, each in self.types.items() if ref not in added},
            surroundings=Surroundings(),
        )

    def carries(self, t: Type) -> bool:
        """Whether there may be capabilities in a value of this type.

        That is what does not travel by value: interfaces, functions and streams.
        """
        return any(
            isinstance(part, _CAPABILITIES)
            or (isinstance(part, Named) and part.ref in self._carrying)
            for part in walk(t)
        )

    @cached_property
    def _carrying(self) -> frozenset[Ref]:
        """The types whose definitions lead to capabilities."""
        return frozenset(
            ref
            for ref in self.types
            if any(isinstance(part, _CAPABILITIES) for part in self.reach(Named(ref)))
        )

    def reach(self, t: Type) -> Iterator[Type]:
        """A type and everything inside it, through the definitions of named types."""
        seen: set[Ref] = set()
        waiting = [t]
        while waiting:
            for part in walk(waiting.pop()):
                yield part
                if isinstance(part, Named) and part.ref not in seen:
                    seen.add(part.ref)
                    waiting += self.parts(self.types[part.ref])

    def declared(self) -> Iterator[tuple[Interface, Member]]:
        """Each member with the interface that declares it.

        One that is inherited is there again only if type arguments have made it another.
        """
        for interface in self.interfaces.values():
            inherited = [
                member
                for base in interface.bases
                if base.ref in self.interfaces
                for member in self.interfaces[base.ref].members
            ]
            for member in interface.members:
                if not any(each == member and each.span == member.span for each in inherited):
                    yield interface, member

    @staticmethod
    def parts(definition: TypeDef) -> list[Type]:
        """The types that a definition is written with."""
        target = [definition.target] if definition.target else []
        return [*(part.type for part in definition.fields), *target]


D = TypeVar("D", Interface, TypeDef)


def in_order(definitions: Mapping[Ref, D], module: str) -> dict[Ref, D]:
    """The module's own first, then those of others, in the order of the source."""

    def place(ref: Ref) -> tuple[bool, str, int, int, str]:
        span = definitions[ref].span
        return (ref.module != module, ref.module, span.line, span.col, ref.qualname)

    return {ref: definitions[ref] for ref in sorted(definitions, key=place)}
