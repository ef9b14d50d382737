"""What dump.mjs tells of a TypeScript file, as frozen values. Where they stand does not count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from capnweb_gen.diagnostics import Span

__all__ = [
    "Array",
    "Declaration",
    "Doc",
    "EnumValue",
    "Function",
    "Intersection",
    "Keyword",
    "Literal",
    "Member",
    "Module",
    "Node",
    "Object",
    "Other",
    "Param",
    "Reference",
    "Signature",
    "This",
    "Tuple",
    "TupleItem",
    "Union",
    "parse",
]

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Keyword:
    """`string`, `null`, `never` and the like."""

    name: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """The type of one value; a bigint is an int here."""

    value: str | int | float | bool
    span: Span = field(compare=False)
    big: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """`T[]`."""

    item: "Node"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class TupleItem:
    """One or, with `rest`, any number of items."""

    type: "Node"
    name: str | None
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Tuple:
    """`[A, B]`."""

    items: tuple[TupleItem, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """`A | B`."""

    arms: "tuple[Node, ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Intersection:
    """`A & B`."""

    parts: "tuple[Node, ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Function:
    """`(a: A) => B`."""

    signature: "Signature"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Object:
    """`{ a: A }`."""

    members: "tuple[Member, ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with type arguments.

    Attributes:
        to: whose name it is: of `capnweb`, of a `lib`rary, a type `var`iable, the user's `own`, or
            `unknown`.
        name: as it was declared.
        id: of the declaration, if it is the user's own.
    """

    to: str
    name: str
    id: str | None
    args: "tuple[Node, ...]"
    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class This:
    """`this`."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, as it is written."""

    text: str
    span: Span = field(compare=False)


Node: TypeAlias = (
    Keyword
    | Literal
    | Array
    | Tuple
    | Union
    | Intersection
    | Function
    | Object
    | Reference
    | This
    | Other
)


@dataclass(frozen=True, slots=True)
class Doc:
    """A documentation comment, its tags apart."""

    text: str
    params: tuple[tuple[str, str], ...]
    returns: str
    deprecated: str | None


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter."""

    name: str
    type: Node
    optional: bool
    rest: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and result."""

    type_params: tuple[str, ...]
    params: tuple[Param, ...]
    returns: Node


@dataclass(frozen=True, slots=True)
class Member:
    """What stands in an interface, class or object type.

    Attributes:
        kind: method, property, setter, index, call or computed.
        name: None of index and call.
        type: of a property or index.
        signature: of a method.
        has_body: whether it implements overloads that stand before it.
    """

    kind: str
    name: str | None
    optional: bool
    doc: Doc
    span: Span = field(compare=False)
    type: Node | None
    signature: Signature | None
    has_body: bool


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A member of an enum; None is computed."""

    name: str
    value: str | float | None
    doc: Doc
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A named type.

    Attributes:
        kind: interface, class, alias, enum or other.
        bases: of an interface or class.
        members: of an interface or class.
        type: of an alias.
        values: of an enum.
    """

    id: str
    name: str
    kind: str
    doc: Doc
    span: Span = field(compare=False)
    type_params: tuple[str, ...]
    bases: tuple[Node, ...]
    members: tuple[Member, ...]
    type: Node | None
    values: tuple[EnumValue, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A file, and everything that it leads to.

    Attributes:
        roots: what it declares or exports, by id.
        declarations: these, and what they lead to, by id and in that order.
        errors: of its syntax.
    """

    roots: tuple[str, ...]
    declarations: Mapping[str, Declaration]
    errors: tuple[tuple[str, Span], ...]


def parse(data: Json) -> Module:
    """The JSON of dump.mjs."""
    declarations = [_declaration(each) for each in data["declarations"]]
    return Module(
        tuple(data["roots"]),
        {each.id: each for each in declarations},
        tuple((each["message"], Span(*each["place"])) for each in data["errors"]),
    )


def _doc(data: Json) -> Doc:
    """A comment, without the escapes that keep it one."""
    text = re.sub(r"^(\s*)\\@", r"\1@", data["text"].replace("*\\/", "*/"), flags=re.MULTILINE)
    params = tuple(data["params"].items())
    return Doc(text, params, data["returns"], data["deprecated"])


def _declaration(data: Json) -> Declaration:
    return Declaration(
        data["id"],
        data["name"],
        data["kind"],
        _doc(data["doc"]),
        Span(*data["place"]),
        tuple(data["typeParams"]),
        tuple(_node(each) for each in data.get("bases", ())),
        tuple(_member(each) for each in data.get("members", ())),
        _node(data["type"]) if "type" in data else None,
        tuple(
            EnumValue(each["name"], each["value"], _doc(each["doc"]), Span(*each["place"]))
            for each in data.get("values", ())
        ),
    )


def _member(data: Json) -> Member:
    return Member(
        data["kind"],
        data["name"],
        data["optional"],
        _doc(data["doc"]),
        Span(*data["place"]),
        _node(data["type"]) if "type" in data else None,
        _signature(data["signature"]) if "signature" in data else None,
        data.get("body", False),
    )


def _signature(data: Json) -> Signature:
    params = tuple(
        Param(
            each["name"],
            _node(each["type"]),
            each["optional"],
            each["rest"],
            Span(*each["place"]),
        )
        for each in data["params"]
    )
    return Signature(tuple(data["typeParams"]), params, _node(data["returns"]))


def _node(data: Json) -> Node:
    span = Span(*data["place"])
    match data["kind"]:
        case "keyword":
            return Keyword(data["name"], span)
        case "literal" if "bigint" in data:
            return Literal(int(data["bigint"]), span, big=True)
        case "literal":
            return Literal(data["value"], span)
        case "array":
            return Array(_node(data["item"]), span)
        case "tuple":
            return Tuple(tuple(_tuple_item(each) for each in data["items"]), span)
        case "union":
            return Union(tuple(_node(each) for each in data["arms"]), span)
        case "intersection":
            return Intersection(tuple(_node(each) for each in data["parts"]), span)
        case "function":
            return Function(_signature(data["signature"]), span)
        case "object":
            return Object(tuple(_member(each) for each in data["members"]), span)
        case "reference":
            to = data["to"]
            args = tuple(_node(each) for each in data["args"])
            return Reference(to["kind"], to["name"], to.get("id"), args, data["text"], span)
        case "this":
            return This(span)
        case _:
            return Other(data["text"], span)


def _tuple_item(data: Json) -> TupleItem:
    return TupleItem(_node(data["type"]), data["name"], data["optional"], data["rest"])
