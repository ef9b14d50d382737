"""The digest of a contract: two are the same where no peer can tell the two contracts apart.

What counts is what travels: names on the wire, types by what they are there, which arguments and
fields may be left out, and which calls a client may repeat. So these do not count: documentation,
deprecation, what things are called in Python, where they stand and in which order; parameters'
names (they are positions on the wire) and defaults (they are the callee's own); and how a type was
made. A model, a dataclass and a TypedDict are all objects; a NamedTuple is an array, as a tuple is;
`Page[User]` is the same as a class with its fields written out; and see `Plain`.

Each interface has a digest of its own, of all that it leads to, since a session begins with one
object: other interfaces of the module may change without that peer's knowing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from capnweb_gen.ir.contract import (
    Contract,
    Interface,
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    TypeDef,
    TypeKind,
)
from capnweb_gen.ir.graph import Node, digests, sha256
from capnweb_gen.ir.plain import Plain, filled
from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    Literal,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    substitute,
)

__all__ = ["Digests", "digests_of"]


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of a contract.

    Attributes:
        whole: of all its interfaces together.
        interfaces: of each, and all that it leads to.
    """

    whole: str
    interfaces: Mapping[Ref, str]


def digests_of(contract: Contract) -> Digests:
    """The digests of a contract and of its interfaces."""
    graph = _Graph(contract)
    roots = {ref: graph.root(interface) for ref, interface in contract.interfaces.items()}
    found = digests(graph.nodes())
    interfaces = {ref: f"sha256:{found[number]}" for ref, number in roots.items()}
    return Digests(f"sha256:{sha256(sorted(set(interfaces.values())))}", interfaces)


class _Graph:
    """A contract as a graph of types, each there once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._plain = Plain(contract)
        self._numbers: dict[Type, int] = {}
        self._written: dict[Type, int] = {}
        self._waiting: list[Type] = []

    def root(self, interface: Interface) -> int:
        """The number of an interface; its type parameters are known by their places."""
        params = tuple(Var(Ref("", f"t{place}")) for place in range(len(interface.params)))
        return self._number(Cap(interface.ref, params))

    def nodes(self) -> list[Node]:
        """The nodes of all that was asked for, and what they lead to."""
        made: list[Node] = []
        while len(made) < len(self._waiting):
            made.append(self._node(self._waiting[len(made)]))
        return made

    def _number(self, t: Type) -> int:
        number = self._written.get(t)  # most types come again
        if number is None:
            plain = self._plain(t)
            number = self._numbers.setdefault(plain, len(self._waiting))
            if number == len(self._waiting):
                self._waiting.append(plain)
            self._written[t] = number
        return number

    def _each(self, types: tuple[Type, ...]) -> tuple[int, ...]:
        return tuple(map(self._number, types))

    # ---- nodes

    def _node(self, t: Type) -> Node:
        match t:
            case Scalar():
                return Node(_label("scalar", t.name))
            case Var():
                return Node(_label("variable", t.name))
            case Literal():
                return Node(_label("literal", *(value.repr for value in t.values)))
            case Constrained(item=item, constraints=constraints):
                # Of a validator peers know at most that there is one.
                told = ([each.name, each.value if each.is_spelled else ""] for each in constraints)
                conditions = sorted(told, key=json.dumps)
                return Node(_label("constrained", conditions), self._each((item,)))
            case List(item=item):
                return Node(_label("list"), self._each((item,)))
            case Stream(item=item):
                return Node(_label("stream"), self._each((item,)))
            case Dict(value=value):
                return Node(_label("dict"), self._each((value,)))
            case Tuple(items=items):
                return Node(_label("tuple", len(items)), self._each(items))
            case Func(params=params, returns=returns):
                return Node(_label("function"), self._each((*params, returns)))
            case Union(arms=arms):
                return Node(_label("union"), self._each(arms), ordered=False)
            case Named(ref=ref, args=args):
                return self._record(self._contract.types[ref], args)
            case Cap(ref=ref, args=args):
                return self._interface(self._contract.interfaces[ref], args)
            case Optional():
                raise AssertionError("it was made a union")
            case _:
                assert_never(t)

    def _record(self, definition: TypeDef, args: tuple[Type, ...]) -> Node:
        known = filled(definition.params, args)
        if definition.kind is TypeKind.NAMED_TUPLE:
            required = sum(field.required for field in definition.fields)
            types = tuple(substitute(field.type, known) for field in definition.fields)
            return Node(_label("tuple", required), self._each(types))
        fields = sorted(definition.fields, key=lambda field: field.wire_name)
        names = [[field.wire_name, field.required] for field in fields]
        types = tuple(substitute(field.type, known) for field in fields)
        return Node(_label("object", names, definition.closed), self._each(types))

    def _interface(self, interface: Interface, args: tuple[Type, ...]) -> Node:
        known = filled(interface.params, args)
        labels: list[object] = []
        types: list[Type] = []
        for member in sorted(interface.members, key=lambda member: member.wire_name):
            if isinstance(member, Property):
                labels.append([member.wire_name, "property"])
                types.append(substitute(member.type, known))
            else:
                labels.append([member.wire_name, *_described(member)])
                for signature in member.signatures:
                    types += _types_of(signature, known)
        return Node(_label("interface", labels), self._each(tuple(types)))


def _described(method: Method) -> list[object]:
    """What of a method its types do not tell."""
    signatures = []
    for signature in method.signatures:
        required = [each.default is None for each in signature.ordered]
        has_rest = any(each.kind is ParamKind.REST for each in signature.ordered)
        options = [[each.wire_name, each.default is None] for each in _options(signature)]
        signatures.append([required, has_rest, options])
    return ["method", method.idempotent, signatures]


def _types_of(signature: Signature, known: Mapping[Ref, Type]) -> list[Type]:
    own = {
        param.ref: Var(Ref("", f"m{place}")) for place, param in enumerate(signature.type_params)
    }
    params = [*signature.ordered, *_options(signature)]
    types = [*(param.type for param in params), signature.returns]
    return [substitute(substitute(t, known), own) for t in types]


def _options(signature: Signature) -> list[Param]:
    return sorted(signature.options, key=lambda option: option.wire_name)


def _label(*parts: object) -> str:
    return json.dumps(parts)
