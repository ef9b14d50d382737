"""What the declarations of a TypeScript module are over Cap'n Web: references, values, names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from capnweb_gen.importer.model import (
    Array,
    Declaration,
    Function,
    Intersection,
    Keyword,
    Literal,
    Member,
    Module,
    Node,
    Object,
    Other,
    Reference,
    Signature,
    This,
    Tuple,
    Union,
)

__all__ = [
    "PROMISES",
    "Nature",
    "Natures",
    "children",
    "is_index",
    "mentions",
    "occurrences",
    "shown",
    "substitute",
    "substitute_in",
]

#: What wraps a result, or what arrives: the type is that of its argument.
PROMISES: Final = frozenset({"Promise", "PromiseLike", "RpcPromise", "RpcStub", "Awaited"})

_PRIMITIVES: Final = frozenset({"string", "number", "bigint", "boolean"})


class Nature(Enum):
    """What a declaration becomes."""

    INTERFACE = "interface"
    RECORD = "record"
    ENUM = "enum"
    NEW_TYPE = "new type"
    ALIAS = "alias"
    EXPANDED = "expanded"
    UNKNOWN = "unknown"


class Natures:
    """Looks into the declarations of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._carrying: dict[str, bool] = {}

    def of(self, key: str) -> Nature:
        """What a declaration becomes."""
        declaration = self._module.declarations[key]
        match declaration.kind:
            case "enum":
                return Nature.ENUM
            case "class":
                return Nature.INTERFACE if self._is_target(declaration, set()) else Nature.UNKNOWN
            case "interface":
                return Nature.INTERFACE if self._is_target(declaration, set()) else Nature.RECORD
            case "alias":
                return self._of_alias(declaration)
            case _:
                return Nature.UNKNOWN

    def _of_alias(self, declaration: Declaration) -> Nature:
        match declaration.type:
            case Object(members=members):
                if any(member.kind == "method" for member in members):
                    return Nature.INTERFACE
                return Nature.ALIAS if is_index(members) else Nature.RECORD
            case Intersection(parts=parts):
                if any(isinstance(part, Keyword) and part.name in _PRIMITIVES for part in parts):
                    return Nature.NEW_TYPE
                if any(self._is_interface(part) for part in parts):
                    return Nature.INTERFACE
                return Nature.RECORD
            case _:
                return Nature.EXPANDED if declaration.type_params else Nature.ALIAS

    def _is_interface(self, part: Node) -> bool:
        match part:
            case Reference(to="capnweb", name="RpcTarget"):
                return True
            case Reference(id=str(key)):
                return self.of(key) is Nature.INTERFACE
            case Object(members=members):
                return any(member.kind == "method" for member in members)
            case _:
                return False

    def _is_target(self, declaration: Declaration, seen: set[str]) -> bool:
        """Whether it extends RpcTarget, or has methods, which values have not."""
        if declaration.id in seen:
            return False
        seen.add(declaration.id)
        if any(member.kind == "method" for member in declaration.members):
            return True
        return any(
            (isinstance(base, Reference) and (base.to, base.name) == ("capnweb", "RpcTarget"))
            or (
                isinstance(base, Reference)
                and base.id is not None
                and self._is_target(self._module.declarations[base.id], seen)
            )
            for base in declaration.bases
        )

    # ---- members

    def members(self, declaration: Declaration) -> tuple[Member, ...]:
        """All members of a record, inherited ones first; of an interface, its own."""
        if self.of(declaration.id) is Nature.INTERFACE:
            return tuple(self.members_of_interface(declaration))
        if declaration.type is not None:
            return _together(self._members_of(declaration.type))
        inherited = (part for base in declaration.bases for part in self._members_of(base))
        return _together([*inherited, *declaration.members])

    def members_of(self, node: Node) -> tuple[Member, ...]:
        """All members of an object type."""
        return _together(self._members_of(node))

    def members_of_interface(self, declaration: Declaration) -> Iterator[Member]:
        """What an interface declares itself, with all signatures of a method."""
        match declaration.type:
            case Object(members=members):
                yield from members
            case Intersection(parts=parts):
                for part in parts:
                    if isinstance(part, Object):
                        yield from part.members
            case _:
                # What is computed, as `Pick<Api, "find">` is, has no name to extend.
                for base in declaration.bases:
                    if isinstance(base, Object):
                        yield from base.members
                yield from declaration.members

    def mentioned(self, declaration: Declaration) -> list[str]:
        """The declarations that the type of an alias names."""
        found: dict[str, None] = {}
        waiting = [declaration.type] if declaration.type is not None else []
        while waiting:
            node = waiting.pop()
            if isinstance(node, Reference) and node.id is not None:
                found[node.id] = None
            waiting += children(node)
        return list(found)

    def _members_of(self, node: Node) -> Iterator[Member]:
        match node:
            case Object(members=members):
                yield from members
            case Intersection(parts=parts):
                for part in parts:
                    yield from self._members_of(part)
            case Reference(id=str(key), args=args):
                declaration = self._module.declarations[key]
                known = dict(zip(declaration.type_params, args, strict=False))
                for member in self.members(declaration):
                    yield substitute_in(member, known)
            case _:
                pass

    def bases(self, declaration: Declaration) -> Iterator[Reference]:
        """The interfaces that one extends."""
        parts = declaration.bases
        if isinstance(declaration.type, Intersection):
            parts = declaration.type.parts
        for base in parts:
            if isinstance(base, Reference) and base.id is not None:
                yield base

    # ---- what is inside

    def carries(self, node: Node) -> bool:
        """Whether there are objects, functions or streams in it, which do not travel by value."""
        match node:
            case Function():
                return True
            case Reference(to="lib", name="ReadableStream" | "WritableStream"):
                return True
            case Reference(id=str(key), args=args):
                return self._definition_carries(key) or any(map(self.carries, args))
            case _:
                return any(map(self.carries, children(node)))

    def holds(self, key: str) -> bool:
        """Whether there are such in all values of a definition, whatever its type arguments."""
        return self._definition_carries(key)

    def _definition_carries(self, key: str) -> bool:
        if key not in self._carrying:
            self._carrying[key] = False  # while it is looked into
            declaration = self._module.declarations[key]
            match self.of(key):
                case Nature.INTERFACE:
                    carrying = True
                case Nature.RECORD:
                    types = [member.type for member in self.members(declaration) if member.type]
                    carrying = any(map(self.carries, types))
                case _:
                    carrying = declaration.type is not None and self.carries(declaration.type)
            self._carrying[key] = carrying
        return self._carrying[key]


def is_index(members: tuple[Member, ...]) -> bool:
    """Whether an object has any keys, and no certain one."""
    return bool(members) and all(member.kind == "index" for member in members)


def _together(members: Iterator[Member] | list[Member]) -> tuple[Member, ...]:
    """Members by name; the last of a name counts, at the place of the first."""
    found: dict[str | None, Member] = {}
    for member in members:
        found[member.name] = member
    return tuple(found.values())


def children(node: Node) -> tuple[Node, ...]:
    """What a type is made of."""
    match node:
        case Array(item=item):
            return (item,)
        case Tuple(items=items):
            return tuple(item.type for item in items)
        case Union(arms=parts) | Intersection(parts=parts) | Reference(args=parts):
            return parts
        case Object(members=members):
            return tuple(member.type for member in members if member.type is not None)
        case Function(signature=signature):
            return (*(param.type for param in signature.params), signature.returns)
        case _:
            return ()


def mentions(node: Node, param: str) -> bool:
    """Whether a type parameter is in it."""
    if isinstance(node, Reference) and node.to == "var":
        return node.name == param
    return any(mentions(child, param) for child in children(node))


def occurrences(node: Node, param: str) -> int:
    """How often a type parameter is in it."""
    if isinstance(node, Reference) and node.to == "var":
        return int(node.name == param)
    return sum(occurrences(child, param) for child in children(node))


def substitute(node: Node, known: Mapping[str, Node]) -> Node:
    """The type with the type parameters in `known` filled in."""
    if not known:
        return node
    match node:
        case Reference(to="var", name=name):
            return known.get(name, node)
        case Array():
            return replace(node, item=substitute(node.item, known))
        case Tuple():
            items = (replace(each, type=substitute(each.type, known)) for each in node.items)
            return replace(node, items=tuple(items))
        case Union():
            return replace(node, arms=tuple(substitute(each, known) for each in node.arms))
        case Intersection():
            return replace(node, parts=tuple(substitute(each, known) for each in node.parts))
        case Reference():
            return replace(node, args=tuple(substitute(each, known) for each in node.args))
        case Object():
            return replace(node, members=tuple(substitute_in(m, known) for m in node.members))
        case Function():
            return replace(node, signature=_in_signature(node.signature, known))
        case Keyword() | Literal() | _:
            return node


def substitute_in(member: Member, known: Mapping[str, Node]) -> Member:
    """The member with the type parameters in `known` filled in."""
    return replace(
        member,
        type=member.type and substitute(member.type, known),
        signature=member.signature and _in_signature(member.signature, known),
    )


def _in_signature(signature: Signature, known: Mapping[str, Node]) -> Signature:
    inner = {name: node for name, node in known.items() if name not in signature.type_params}
    params = (replace(each, type=substitute(each.type, inner)) for each in signature.params)
    return replace(signature, params=tuple(params), returns=substitute(signature.returns, inner))


def shown(node: Node) -> str:
    """A type as it is told to the user."""
    match node:
        case Reference(text=text) | Other(text=text):
            return text
        case Keyword(name=name):
            return name
        case Literal(value=value):
            return repr(value)
        case Union(arms=arms):
            return " | ".join(map(shown, arms))
        case Intersection(parts=parts):
            return " & ".join(map(shown, parts))
        case Tuple(items=items):
            texts = (
                f"{'...' if item.rest else ''}{shown(item.type)}{'?' if item.optional else ''}"
                for item in items
            )
            return f"[{', '.join(texts)}]"
        case Array(item=item):
            return (
                f"({shown(item)})[]" if isinstance(item, Union | Function) else f"{shown(item)}[]"
            )
        case Function():
            return "a function"
        case Object():
            return "an object type"
        case This():
            return "this"
