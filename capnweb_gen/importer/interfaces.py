"""Interfaces as Protocols."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from capnweb_gen.importer.context import Context
from capnweb_gen.importer.model import (
    Array,
    Declaration,
    Function,
    Member,
    Object,
    Param,
    Reference,
    Signature,
    Tuple,
    TupleItem,
    Union,
)
from capnweb_gen.importer.names import pascal_case, snake_case, variable
from capnweb_gen.importer.natures import Nature, occurrences
from capnweb_gen.importer.records import BUILTINS
from capnweb_gen.importer.text import INDENT, WIDTH, comments, docstring, literal, method_doc
from capnweb_gen.importer.types import Types
from capnweb_gen.importer.variance import suffix
from capnweb_runtime.wire.expressions import RESERVED_KEYS

__all__ = ["Interfaces"]

_NO_PLACE: Final = "Cap'n Web has no place for it"


class Interfaces:
    """Writes the interfaces of one module."""

    def __init__(self, context: Context, types: Types) -> None:
        self._context = context
        self._types = types

    def declared(self, declaration: Declaration) -> list[str]:
        """The lines of one interface."""
        context = self._context
        natures = context.natures
        name = context.name(declaration.id)
        context.type_params = declaration.type_params
        context.variables = {
            each: context.variable(each, suffix(declaration, each, natures))
            for each in declaration.type_params
        }
        members = list(self._members(declaration))
        left_out = context.lost()
        names = _python_names(members)
        context.shadowed = BUILTINS & set(names.values())
        bases = [
            self._types.spell(base, name)
            for base in natures.bases(declaration)
            if base.id is not None and natures.of(base.id) is Nature.INTERFACE
        ]
        params = ", ".join(context.variables.values())
        protocol = context.imported("Protocol") + (f"[{params}]" if params else "")
        lines = [f"class {name}({', '.join([*bases, protocol])}):"]
        lines += docstring(declaration.doc.text, 1)
        counts = Counter(member.name for member in members)
        body: list[list[str]] = [
            self._member(member, names[_identity(member)], name, overloaded=counts[member.name] > 1)
            for member in members
        ]
        for index, block in enumerate(body):
            lines += [""] if index or len(lines) > 1 else []
            lines += block
        lines += [] if body or len(lines) > 1 else [f"{INDENT}..."]
        return [*lines, *([""] if left_out else []), *comments(left_out, 1)]

    def _members(self, declaration: Declaration) -> Iterator[Member]:
        """Those that can be expressed; not what implements overloads that stand before it."""
        seen: set[str] = set()
        for member in self._context.natures.members_of_interface(declaration):
            label = f"{declaration.name}.{member.name or '()'}"
            why = _objection(member)
            if why is None and member.has_body and member.name in seen:
                continue
            if why is not None:
                message = f"{label} is left out: {why}"
                fix = "rename it, or do without it: nobody could call it"
                self._context.report.add("CW611", member.span, message, fix)
                self._context.note(f"TypeScript: {message}")
                continue
            if member.kind in {"method", "property"}:
                assert member.name is not None, "it has one"
                seen.add(member.name)
                yield member

    def _member(self, member: Member, name: str, owner: str, *, overloaded: bool) -> list[str]:
        signature = member.signature
        if signature is None and isinstance(member.type, Function):
            signature = member.type.signature
        if signature is not None:
            lines = self._method(member, signature, name, owner)
        else:
            lines = self._property(member, name, owner)
        if overloaded:
            lines.insert(0, f"{INDENT}@{self._context.imported('overload')}")
        return [*comments(self._context.lost(), 1), *lines]

    def _property(self, member: Member, name: str, owner: str) -> list[str]:
        assert member.type is not None, "it is a property"
        assert member.name is not None, "it is a property"
        t = self._types.spell(member.type, f"{owner}{pascal_case(member.name)}")
        decorators = [f"@{self._context.builtin('property')}", *self._decorators(member, name)]
        return self._definition(decorators, f"def {name}(self) -> {t}:", member.doc.text)

    def _method(self, member: Member, signature: Signature, name: str, owner: str) -> list[str]:
        assert member.name is not None, "it is a method"
        context = self._context
        hint = f"{owner}{pascal_case(member.name)}"
        outer = (context.type_params, context.variables)
        own = [each for each in signature.type_params if _is_bound(each, signature)]
        context.type_params = (*context.type_params, *own)
        context.variables = {**context.variables, **{each: context.variable(each) for each in own}}
        params, options = self._params(signature, hint)
        returns = self._types.spell(signature.returns, f"{hint}Result")
        context.type_params, context.variables = outer
        parts = ["self", *params, *options]
        head = _head(name, parts, returns)
        doc = method_doc(member.doc, signature.params)
        return self._definition(self._decorators(member, name), head, doc)

    def _decorators(self, member: Member, name: str) -> list[str]:
        texts = []
        if member.doc.deprecated is not None:
            message = literal(" ".join(member.doc.deprecated.split()) or "deprecated")
            texts.append(f"@{self._context.imported('deprecated')}({message})")
        if member.name is not None and name != member.name:
            texts.append(f"@{self._context.runtime('wire_name')}({literal(member.name)})")
        return texts

    def _definition(self, decorators: Sequence[str], head: str, doc: str) -> list[str]:
        lines = [f"{INDENT}{each}" for each in decorators]
        said = docstring(doc, 2)
        if not said:
            return [*lines, f"{INDENT}{head} ..."]
        return [*lines, f"{INDENT}{head}", *said, f"{INDENT * 2}..."]

    # ---- parameters

    def _params(self, signature: Signature, hint: str) -> tuple[list[str], list[str]]:
        """Parameters in order, and options."""
        params = _unpacked(signature.params)
        options: list[str] = []
        if params and (found := self._options(params[-1], hint)) is not None:
            options = ["*", *found]
            params.pop()
        names: list[str] = []
        texts: list[str] = []
        for index, param in enumerate(params):
            name = snake_case(param.name)
            while name in names or name == "self":
                name += "_"
            names.append(name)
            required = any(not (e.optional or e.rest) for e in params[index + 1 :])
            texts.append(self._param(param, name, hint, last_optional=not required))
        if any(param.rest for param in params):
            options = options[1:]
        return texts, options

    def _param(self, param: Param, name: str, hint: str, *, last_optional: bool) -> str:
        inner = f"{hint}{pascal_case(param.name)}"
        if param.rest:
            match param.type:
                case Array(item=item) | Reference(name="Array" | "ReadonlyArray", args=(item,)):
                    return f"*{name}: {self._types.spell(item, inner)}"
                case _:
                    why = "its arguments are of several types"
                    return f"*{name}: {self._context.lose(param.span, f'...{param.name}', why)}"
        t = self._types.spell(param.type, inner, optional=param.optional)
        if param.optional and last_optional:
            return f"{name}: {t} = ..."
        if param.optional and not t.endswith("None"):
            t = f"{t} | None"
        return f"{name}: {t}"

    def _options(self, param: Param, hint: str) -> list[str] | None:
        """Keyword-only parameters, for a last object that is written where it is used."""
        if param.rest or not isinstance(param.type, Object) or not param.type.members:
            return None
        members = param.type.members
        for member in members:
            if member.kind != "property" or member.type is None or member.name is None:
                return None
            if variable(member.name) != member.name or (param.optional and not member.optional):
                return None
        texts = []
        for member in members:
            assert member.type is not None, "see above"
            assert member.name is not None, "see above"
            inner = f"{hint}{pascal_case(member.name)}"
            t = self._types.spell(member.type, inner, optional=member.optional)
            texts.append(f"{member.name}: {t}{' = ...' if member.optional else ''}")
        return texts


def _is_bound(param: str, signature: Signature) -> bool:
    """Whether an argument says what a type parameter is, and something else depends on it."""
    taken = sum(occurrences(each.type, param) for each in signature.params)
    return taken > 0 and taken + occurrences(signature.returns, param) > 1


def _unpacked(params: Sequence[Param]) -> list[Param]:
    """Parameters, those that a tuple stands for one by one.

    `...args: [...rest: A[], options: B]` is how TypeScript writes a parameter behind a rest, and a
    union of two such tuples makes it optional.
    """
    if not params or not params[-1].rest:
        return list(params)
    *before, last = params
    match last.type:
        case Tuple(items=items) | Union(arms=(Tuple(items=items),)):
            return [*before, *(_unpacked_item(each, last) for each in items)]
        case Union(arms=(Tuple(items=short), Tuple(items=(*start, end)))) if len(short) == len(
            start
        ):
            found = [_unpacked_item(each, last) for each in (*short, end)]
            return [*before, *found[:-1], replace(found[-1], optional=True)]
        case _:
            return list(params)


def _unpacked_item(item: TupleItem, whole: Param) -> Param:
    return Param(item.name or whole.name, item.type, item.optional, item.rest, span=whole.span)


def _objection(member: Member) -> str | None:
    """Why a member cannot be one of a Protocol."""
    if member.kind in {"index", "call", "computed"}:
        return _NO_PLACE
    assert member.name is not None, "the others have one"
    if member.kind == "setter":
        return "a setter can never be called over RPC"
    if member.name.startswith("_"):
        return "names that begin with _ are not called by peers"
    if not member.name.isidentifier():
        return "it is no name in Python"
    if member.name in RESERVED_KEYS:
        return f"every JavaScript object has a {member.name}"
    return None


def _identity(member: Member) -> str:
    assert member.name is not None, "it has one"
    return member.name


def _python_names(members: Sequence[Member]) -> dict[str, str]:
    names: dict[str, str] = {}
    for member in members:
        if _identity(member) in names:
            continue
        name = snake_case(_identity(member))
        while name in names.values():
            name += "_"
        names[_identity(member)] = name
    return names


def _head(name: str, parts: Sequence[str], returns: str) -> str:
    """`async def` with its parameters; with line breaks if it is too long for one."""
    line = f"async def {name}({', '.join(parts)}) -> {returns}:"
    if len(INDENT) + len(line) + 4 <= WIDTH:
        return line
    inner = f"{INDENT * 2}{', '.join(parts)}"
    if len(inner) <= WIDTH:
        return f"async def {name}(\n{inner}\n{INDENT}) -> {returns}:"
    lines = "".join(f"{INDENT * 2}{part},\n" for part in parts)
    return f"async def {name}(\n{lines}{INDENT}) -> {returns}:"
