"""Values with members: TypedDicts, and dataclasses where there are references in them."""

import keyword
from collections.abc import Sequence

from capnweb_gen.importer.context import Context
from capnweb_gen.importer.model import Doc, Member
from capnweb_gen.importer.names import pascal_case
from capnweb_gen.importer.text import INDENT, comments, docstring, literal
from capnweb_gen.importer.types import Types

__all__ = ["BUILTINS", "Records"]

#: Builtins that types are spelled with, which a member of the same name would hide.
BUILTINS = frozenset({"bool", "bytes", "dict", "float", "int", "list", "property", "str", "tuple"})


class Records:
    """Writes the records of one module."""

    def __init__(self, context: Context, types: Types) -> None:
        self._context = context
        self._types = types

    def carries(self, members: Sequence[Member]) -> bool:
        """Whether there are references among them."""
        return any(member.type and self._context.natures.carries(member.type) for member in members)

    def declared(
        self,
        name: str,
        members: Sequence[Member],
        type_params: tuple[str, ...],
        doc: Doc,
        *,
        carries: bool,
    ) -> list[str]:
        """The lines of one record."""
        context = self._context
        context.type_params = type_params
        context.variables = {each: context.variable(each) for each in type_params}
        members = [member for member in members if self._is_field(member, name)]
        names = [member.name for member in members if member.name is not None]
        plain = all(each.isidentifier() and not keyword.iskeyword(each) for each in names)
        context.shadowed = BUILTINS & set(names) if plain else frozenset()
        if carries:
            return self._dataclass(name, members, tuple(context.variables.values()), doc)
        if plain:
            return self._class(name, members, tuple(context.variables.values()), doc)
        return self._functional(name, members, doc)

    def _is_field(self, member: Member, owner: str) -> bool:
        if member.kind == "property" and member.type is not None:
            return True
        what = f"{owner}[...]" if member.kind == "index" else f"{owner}.{member.name or '()'}"
        message = f"{what} is left out: a TypedDict has only members of known names"
        fix = "give it a member of type { [key: string]: T }, or take the index signature alone"
        self._context.report.add("CW611", member.span, message, fix)
        self._context.note(f"TypeScript: {what} is left out")
        return False

    def _field(self, member: Member, owner: str) -> str:
        assert member.type is not None, "it is a property"
        assert member.name is not None, "it is a property"
        hint = f"{owner}{pascal_case(member.name)}"
        return self._types.spell(member.type, hint, optional=member.optional)

    def _class(
        self, name: str, members: Sequence[Member], type_params: tuple[str, ...], doc: Doc
    ) -> list[str]:
        context = self._context
        bases = [context.imported("TypedDict")]
        if type_params:
            bases.append(f"{context.imported('Generic')}[{', '.join(type_params)}]")
        above = comments(context.lost(), 1)
        body: list[str] = []
        for member in members:
            text = self._field(member, name)
            if member.optional:
                text = f"{context.imported('NotRequired')}[{text}]"
            body += [*comments(context.lost(), 1), *_said(member)]
            body.append(f"{INDENT}{member.name}: {text}")
        return _laid_out(f"class {name}({', '.join(bases)}):", doc, [*above, *body])

    def _functional(self, name: str, members: Sequence[Member], doc: Doc) -> list[str]:
        """One with keys that are no names of Python's."""
        context = self._context
        lines = comments([*context.lost(), *doc.text.splitlines()], 0)
        lines += [f"{name} = {context.imported('TypedDict')}(", f'{INDENT}"{name}",', f"{INDENT}{{"]
        for member in members:
            assert member.name is not None, "it is a property"
            text = literal(self._field(member, name))
            if member.optional:
                text = f"{context.imported('NotRequired')}[{text}]"
            lines += comments([*context.lost(), *member.doc.text.splitlines()], 2)
            lines.append(f"{INDENT * 2}{literal(member.name)}: {text},")
        return [*lines, f"{INDENT}}},", ")"]

    def _dataclass(
        self, name: str, members: Sequence[Member], type_params: tuple[str, ...], doc: Doc
    ) -> list[str]:
        context = self._context
        params = ", ".join(type_params)
        bases = f"({context.imported('Generic')}[{params}])" if params else ""
        head = f"@{context.imported('dataclass')}(frozen=True, kw_only=True)"
        body: list[str] = []
        for member in members:
            assert member.name is not None, "it is a property"
            if not member.name.isidentifier() or keyword.iskeyword(member.name):
                message = f"{name}.{member.name} is left out: it is no name in Python"
                context.report.add("CW611", member.span, message, "give it another name")
                continue
            text = self._field(member, name)
            if member.optional:
                text = text if text.endswith("None") else f"{text} | None"
                message = f"{name}.{member.name} is sent as null where it may be left out"
                fix = "let the TypeScript side accept null as well"
                context.report.add("CW612", member.span, message, fix)
            body += [*comments(context.lost(), 1), *_said(member)]
            body.append(f"{INDENT}{member.name}: {text}{' = None' if member.optional else ''}")
        return [head, *_laid_out(f"class {name}{bases}:", doc, body)]


def _laid_out(head: str, doc: Doc, body: list[str]) -> list[str]:
    said = docstring(doc.text, 1)
    between = [""] if said and body else []
    return [head, *said, *between, *body] if said or body else [head, f"{INDENT}pass"]


def _said(member: Member) -> list[str]:
    """What is said of a field: a TypedDict has no place for it but a comment."""
    return comments(member.doc.text.splitlines(), 1)
