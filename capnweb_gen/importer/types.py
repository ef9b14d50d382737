"""TypeScript types in Python. What cannot be expressed becomes `Any`, and is reported."""

from collections.abc import Iterable
from typing import Final

from capnweb_gen.importer.context import Context
from capnweb_gen.importer.model import (
    Array,
    Function,
    Intersection,
    Keyword,
    Literal,
    Node,
    Object,
    Other,
    Reference,
    This,
    Tuple,
    Union,
)
from capnweb_gen.importer.names import pascal_case
from capnweb_gen.importer.natures import (
    PROMISES,
    Nature,
    is_index,
    shown,
    substitute,
)
from capnweb_gen.importer.text import literal

__all__ = ["Types"]

_KEYWORDS: Final = {"string": "str", "boolean": "bool"}

_NOTHING: Final = frozenset({"null", "undefined", "void"})

#: Classes of JavaScript, and the builtin or the class of the runtime that they arrive as.
_CLASSES: Final = {
    "Date": "datetime",
    "Uint8Array": "bytes",
    "Blob": "rpc.Blob",
}

_NO_SUCH: Final = {
    "Map": "Cap'n Web has no maps: use an object",
    "Set": "Cap'n Web has no sets: use an array",
    "WritableStream": "Python has no declared type for it: an untyped Writer arrives",
    "Record": "its keys are no strings",
}

_MAX_SAFE: Final = 2**53 - 1


class Types:
    """Spells the types of one module."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._expanding: list[str] = []

    def spell(self, node: Node, hint: str, *, optional: bool = False) -> str:
        """A type.

        Args:
            node: the type.
            hint: what an object type in it is called, if it has no name.
            optional: whether `undefined` in it only says again that it may be left out.
        """
        arms = list(self._arms(node))
        if optional:
            arms = [
                arm for arm in arms if not (isinstance(arm, Keyword) and arm.name == "undefined")
            ]
        return self._union(arms, node, hint) if len(arms) != 1 else self._one(arms[0], hint)

    def _lose(self, node: Node, why: str, said: str | None = None) -> str:
        """Report a type that cannot be expressed; `said` is what it is called, if not as it is."""
        return self._context.lose(node.span, said or shown(node), why)

    def _arms(self, node: Node) -> Iterable[Node]:
        """The arms of a union, promises and stubs taken off."""
        match node:
            case Union(arms=arms):
                for arm in arms:
                    yield from self._arms(arm)
            case Reference(to="capnweb" | "lib", name=name, args=(inner, *_)) if name in PROMISES:
                yield from self._arms(inner)
            case _:
                yield node

    def _union(self, arms: list[Node], whole: Node, hint: str) -> str:
        nothing = [arm for arm in arms if isinstance(arm, Keyword) and arm.name in _NOTHING]
        literals = [arm for arm in arms if isinstance(arm, Literal)]
        others = [arm for arm in arms if arm not in nothing and arm not in literals]
        references = dict.fromkeys(self._one(arm, hint) for arm in others)
        by_reference = [arm for arm in others if self._is_reference(arm)]
        if len({self._one(arm, hint) for arm in by_reference}) > 1:
            why = "a reference does not say which of several it is"
            return self._lose(whole, why)
        if len(references) > 1 and any(map(_is_stream, others)):
            return self._lose(whole, "a stream cannot be one of several things")
        texts = list(references)
        tag = self._discriminator(others) if len(texts) > 1 else None
        if tag:
            field = f'{self._context.imported("Field")}(discriminator="{tag}")'
            texts = [f"{self._context.imported('Annotated')}[{' | '.join(texts)}, {field}]"]
        texts = [*self._literals(literals), *texts, *(["None"] if nothing else [])]
        if not texts:
            return self._lose(whole, "it has no values")
        return " | ".join(dict.fromkeys(texts))

    def _is_reference(self, arm: Node) -> bool:
        match arm:
            case Function():
                return True
            case Reference(id=str(key)):
                return self._context.natures.of(key) is Nature.INTERFACE
            case _:
                return False

    def _literals(self, literals: list[Literal]) -> list[str]:
        values = [each.value for each in literals]
        if True in values and False in values and all(isinstance(v, bool) for v in values):
            return [self._context.builtin("bool")]
        texts: list[str] = []
        inside: list[str] = []
        for each in literals:
            if each.big and abs(int(each.value)) <= _MAX_SAFE:
                texts.append(self._context.runtime("BigInt"))
            elif isinstance(each.value, float) and not each.value.is_integer():
                texts.append(self._context.number())
            else:
                whole = isinstance(each.value, float)
                inside.append(repr(int(each.value)) if whole else _quoted(each.value))
        if inside:
            joined = ", ".join(dict.fromkeys(inside))
            texts.append(f"{self._context.imported('Literal')}[{joined}]")
        return texts

    def _discriminator(self, arms: list[Node]) -> str | None:
        """The member by whose value records can be told apart."""
        values: list[dict[str, object]] = []
        for arm in arms:
            if not self._is_record(arm):
                return None
            members = self._context.natures.members_of(arm)
            values.append(
                {
                    member.name: member.type.value
                    for member in members
                    if member.name and isinstance(member.type, Literal) and not member.optional
                }
            )
        for name in values[0]:
            found = [each.get(name) for each in values]
            if None not in found and len(set(found)) == len(found):
                return name if name.isidentifier() else None
        return None

    def _one(self, node: Node, hint: str) -> str:
        match node:
            case Keyword():
                return self._keyword(node)
            case Literal():
                return " | ".join(self._literals([node]))
            case Array():
                return f"{self._context.builtin('list')}[{self.spell(node.item, hint)}]"
            case Tuple():
                return self._tuple(node, hint)
            case Union():
                return self.spell(node, hint)
            case Function():
                return self._function(node, hint)
            case Object(members=members) if is_index(members):
                return self._dict(members[0].type or node, hint)
            case Object() | Intersection():
                return self._inline(node, hint)
            case Reference():
                return self._reference(node, hint)
            case This():
                return self._context.imported("Self")
            case Other():
                return self._lose(node, "it is computed")

    def _keyword(self, node: Keyword) -> str:
        match node.name:
            case "number":
                return self._context.number()
            case "bigint":
                return self._context.runtime("BigInt")
            case "any" | "unknown":
                return self._context.imported("Any")
            case name if name in _NOTHING:
                return "None"
            case name if name in _KEYWORDS:
                return self._context.builtin(_KEYWORDS[name])
            case "never":
                return self._lose(node, "no value of it can arrive", "never")
            case name:
                return self._lose(node, "it says too little of what travels", name)

    def _tuple(self, node: Tuple, hint: str) -> str:
        name = self._context.builtin("tuple")
        if any(item.rest for item in node.items):
            match node.items:
                case [item]:
                    return self.spell(item.type, hint)
                case _:
                    why = "a Python tuple has either a length or one type of item"
                    return self._lose(node, why)
        if any(item.optional for item in node.items):
            why = "a Python tuple has no items that may be left out"
            return self._lose(node, why)
        items = ", ".join(self.spell(item.type, hint) for item in node.items)
        return f"{name}[{items or '()'}]"

    def _function(self, node: Function, hint: str) -> str:
        signature = node.signature
        if signature.type_params:
            return self._lose(node, "a Callable has no type parameters", "a generic function")
        if any(param.rest for param in signature.params):
            why = "a Callable has parameters that are counted"
            return self._lose(node, why, "a function with rest parameters")
        params = ", ".join(
            self.spell(param.type, f"{hint}{pascal_case(param.name)}", optional=param.optional)
            for param in signature.params
        )
        returns = self.spell(signature.returns, f"{hint}Result")
        awaitable = self._context.imported("Awaitable")
        return f"{self._context.imported('Callable')}[[{params}], {awaitable}[{returns}]]"

    def _dict(self, value: Node, hint: str) -> str:
        key = self._context.builtin("str")
        return f"{self._context.builtin('dict')}[{key}, {self.spell(value, f'{hint}Value')}]"

    def _inline(self, node: Object | Intersection, hint: str) -> str:
        """An object type that is written where it is used."""
        if isinstance(node, Object):
            if not node.members:
                return self._lose(node, "it says too little of what travels", "{}")
            if any(member.kind in {"method", "call"} for member in node.members):
                why = "an object with methods needs a name: declare an interface"
                return self._lose(node, why, "an object type with methods")
        elif not all(map(self._is_record, node.parts)):
            return self._lose(node, "Python has no intersections")
        found = self._context.inlined(node, hint + self._tag(node))
        args = ", ".join(self._context.variables.get(each, each) for each in found.type_params)
        return f"{found.name}[{args}]" if args else found.name

    def _tag(self, node: Node) -> str:
        """What tells an object from others, as a part of its name."""
        for member in self._context.natures.members_of(node):
            if isinstance(member.type, Literal) and isinstance(member.type.value, str):
                return pascal_case(member.type.value)
        return ""

    def _is_record(self, part: Node) -> bool:
        match part:
            case Object():
                return True
            case Reference(id=str(key)):
                return self._context.natures.of(key) is Nature.RECORD
            case _:
                return False

    def _reference(self, node: Reference, hint: str) -> str:
        match node.to:
            case "own":
                return self._own(node, hint)
            case "var":
                if node.name not in self._context.variables:
                    why = "no other type has to do with it"
                    return self._lose(node, why, node.name)
                return self._context.variables[node.name]
            case "capnweb":
                return self._lose(node, "any object could be meant")
            case _:
                return self._library(node, hint)

    def _library(self, node: Reference, hint: str) -> str:
        match node.name, node.args:
            case (("Array" | "ReadonlyArray" | "Iterable"), (item,)):
                return f"{self._context.builtin('list')}[{self.spell(item, hint)}]"
            case "Readonly", (inner,):
                return self.spell(inner, hint)
            case "Record", (Keyword(name="string" | "number"), value):
                return self._dict(value, hint)
            case "ReadableStream", args:
                chunk = (
                    self.spell(args[0], f"{hint}Item") if args else self._context.imported("Any")
                )
                return f"{self._context.imported('AsyncIterator')}[{chunk}]"
            case cls, _ if cls in _CLASSES:
                return self._class(_CLASSES[cls])
            case cls, _ if cls in _NO_SUCH:
                return self._lose(node, _NO_SUCH[cls])
            case _, _ if node.to == "unknown":
                return self._lose(node, "it cannot be found")
            case _:
                return self._lose(node, "it has no form in an interface here")

    def _class(self, name: str) -> str:
        if name.startswith("rpc."):
            return self._context.runtime(name.removeprefix("rpc."))
        return self._context.imported(name) if name == "datetime" else self._context.builtin(name)

    def _own(self, node: Reference, hint: str) -> str:
        assert node.id is not None, "it is declared here"
        declaration = self._context.module.declarations[node.id]
        nature = self._context.natures.of(node.id)
        if nature is Nature.UNKNOWN:
            why = "it does not extend RpcTarget" if declaration.kind == "class" else "it is no type"
            return self._lose(node, why)
        if nature is Nature.INTERFACE and not declaration.members and not declaration.bases:
            return self._lose(node, "it has no members")
        if nature is Nature.EXPANDED:
            return self._expanded(node, hint)
        if (
            nature is Nature.RECORD
            and not self._context.natures.holds(node.id)
            and any(map(self._context.natures.carries, node.args))
        ):
            why = "a generic value cannot be filled with objects, functions or streams"
            return self._lose(node, why)
        args = ", ".join(self.spell(arg, hint) for arg in node.args)
        return self._context.name(node.id) + (f"[{args}]" if args else "")

    def _expanded(self, node: Reference, hint: str) -> str:
        """A generic alias, written out."""
        assert node.id is not None, "it is declared here"
        declaration = self._context.module.declarations[node.id]
        if node.id in self._expanding:
            return self._lose(node, "it is generic, and leads back to itself")
        assert declaration.type is not None, "an alias stands for something"
        self._expanding.append(node.id)
        try:
            known = dict(zip(declaration.type_params, node.args, strict=False))
            return self.spell(substitute(declaration.type, known), hint)
        finally:
            self._expanding.pop()


def _is_undefined(node: Node) -> bool:
    return isinstance(node, Keyword) and node.name == "undefined"


def _is_stream(node: Node) -> bool:
    return isinstance(node, Reference) and node.to == "lib" and node.name == "ReadableStream"


def _quoted(value: object) -> str:
    return literal(value) if isinstance(value, str) else repr(value)
