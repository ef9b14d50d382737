"""What a TypeScript file declares, as frozen values. Where they stand does not count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """What stands somewhere in the file. Where does not count when two are compared."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Keyword(_Placed):
    """`string`, `null`, `never` and the like."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(_Placed):
    """The type of one value; a bigint is an int here."""

    value: str | int | float | bool
    big: bool = False


@dataclass(frozen=True, slots=True)
class Array(_Placed):
    """`T[]`."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class TupleItem:
    """One or, with `rest`, any number of items."""

    type: "Node"
    name: str | None
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Tuple(_Placed):
    """`[A, B]`."""

    items: tuple[TupleItem, ...]


@dataclass(frozen=True, slots=True)
class Union(_Placed):
    """`A | B`."""

    arms: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Intersection(_Placed):
    """`A & B`."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Function(_Placed):
    """`(a: A) => B`."""

    signature: "Signature"


@dataclass(frozen=True, slots=True)
class Object(_Placed):
    """`{ a: A }`."""

    members: "tuple[Member, ...]"


@dataclass(frozen=True, slots=True)
class Reference(_Placed):
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


@dataclass(frozen=True, slots=True)
class This(_Placed):
    """`this`."""


@dataclass(frozen=True, slots=True)
class Other(_Placed):
    """Anything else, as it is written."""

    text: str


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
class Param(_Placed):
    """A parameter."""

    name: str
    type: Node
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and result."""

    type_params: tuple[str, ...]
    params: tuple[Param, ...]
    returns: Node


@dataclass(frozen=True, slots=True)
class Member(_Placed):
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
    type: Node | None
    signature: Signature | None
    has_body: bool


@dataclass(frozen=True, slots=True)
class EnumValue(_Placed):
    """A member of an enum; None is computed."""

    name: str
    value: str | float | None
    doc: Doc


@dataclass(frozen=True, slots=True)
class Declaration(_Placed):
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
