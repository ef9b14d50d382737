"""Imported modules with their syntax trees: objects for the meaning, nodes for the place."""

import ast
import builtins
import contextlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final

from capnweb_gen.diagnostics import Span
from capnweb_gen.ir import Ref

__all__ = ["MISSING", "Module", "Modules", "Scope"]

#: No such name.
MISSING: Final = object()

_DEFINED: Final = re.compile(r"(?:async\s+)?(?:class|def)\s+(?P<name>\w+)")


@dataclass(slots=True)
class Module:
    """A module and its source."""

    name: str
    file: str
    tree: ast.Module
    lines: list[bytes]
    namespace: dict[str, object]
    _type_checking: dict[str, object] | None = None
    _classes: dict[str, ast.ClassDef] | None = None

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> Span:
        """Where a node stands. `ast` counts bytes, editors count characters."""
        end_line = node.end_lineno or node.lineno
        end_col = node.end_col_offset or node.col_offset
        return Span(
            self.file,
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_line,
            self._column(end_line, end_col),
        )

    def name_span(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Span:
        """Where the name of a definition stands."""
        line = self.lines[node.lineno - 1].decode(errors="replace")
        begin = self._column(node.lineno, node.col_offset) - 1
        # Its name may be written otherwise than the parser has it, which normalises identifiers.
        found = _DEFINED.match(line, begin)
        start, end = found.span("name") if found else (begin, len(line.rstrip()))
        return Span(self.file, node.lineno, start + 1, node.lineno, end + 1)

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1]
        # In most lines bytes are characters.
        return (offset if text.isascii() else len(text[:offset].decode(errors="replace"))) + 1

    def class_node(self, qualname: str) -> ast.ClassDef | None:
        """The definition of a class, the last one if there are several."""
        if self._classes is None:
            self._classes = dict(_classes_of(self.tree.body, ""))
        return self._classes.get(qualname)

    def imported(self, name: str) -> Ref | None:
        """Where a name is imported from; None if it is not, or as a whole module."""
        for node in statements(self.tree.body):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        source = "." * node.level + (node.module or "")
                        package = str(self.namespace.get("__package__") or "")
                        return Ref(importlib.util.resolve_name(source, package), alias.name)
        return None

    def under_type_checking(self, name: str) -> object:
        """What a name would be if the imports under `if TYPE_CHECKING:` were carried out.

        They are, one by one and on first need. By then all modules are loaded, so that the cycles
        they are there to break do no harm.
        """
        if self._type_checking is None:
            scratch: dict[str, object] = {
                key: self.namespace.get(key) for key in ("__name__", "__package__", "__spec__")
            }
            self._type_checking = scratch
            for node in self.tree.body:
                if isinstance(node, ast.If) and _is_type_checking(node.test):
                    for statement in statements(node.body):
                        _try_import(statement, scratch)
        return self._type_checking.get(name, MISSING)


@dataclass(slots=True)
class Modules:
    """Gives the source of imported modules, each parsed once."""

    _known: dict[str, Module] = field(default_factory=dict)

    def get(self, name: str) -> Module | None:
        """The module of a name; None if it is not imported or has no Python source."""
        if name not in self._known:
            loaded = self._load(sys.modules.get(name))
            if loaded is None:  # it may be imported later
                return None
            self._known[name] = loaded
        return self._known[name]

    @staticmethod
    def _load(module: ModuleType | None) -> Module | None:
        file = getattr(module, "__file__", None)
        if module is None or file is None or not file.endswith(".py"):
            return None
        text = Path(file).read_bytes()
        return Module(module.__name__, file, ast.parse(text), text.split(b"\n"), vars(module))


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the names of an annotation are looked up: a class, then its module, then builtins.

    Attributes:
        module: of the annotation.
        owner: the class that it stands in.
        local: what means something there only: type parameters of a method.
        blame: the place of all its parts, if it was not read from the source of `module`.
    """

    module: Module
    owner: type | None = None
    blame: Span | None = None
    local: Mapping[str, object] = field(default_factory=dict[str, object])

    def span(self, node: ast.expr) -> Span:
        """The place of a part of the annotation."""
        return self.blame or self.module.span(node)

    def __getitem__(self, name: str) -> object:
        """What a name means, for expressions that are evaluated.

        Raises:
            KeyError: if it means nothing.
        """
        found = self.lookup(name)
        if found is MISSING:
            raise KeyError(name)
        return found

    def lookup(self, name: str) -> object:
        """What a name means, `MISSING` if nothing."""
        if name in self.local:
            return self.local[name]
        # Of a class only classes count: a method called `list` does not stand in the way of `list`
        # here, since it was defined after the annotation was evaluated, if that ever happened.
        if self.owner:
            member = vars(self.owner).get(name)
            if isinstance(member, type):
                return member
            for parameter in getattr(self.owner, "__type_params__", ()):
                if parameter.__name__ == name:
                    return parameter
        if name in self.module.namespace:
            return self.module.namespace[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return self.module.under_type_checking(name)

    def resolve(self, node: ast.expr) -> object:
        """What a name, or an attribute of one, means; `MISSING` for anything else."""
        if isinstance(node, ast.Name):
            return self.lookup(node.id)
        if isinstance(node, ast.Attribute):
            return getattr(self.resolve(node.value), node.attr, MISSING)
        return MISSING

    def locate(self, thing: object, name: str = "") -> Ref | None:
        """How generated code imports `thing`, found here under `name`: from where it is defined.

        What has a name of its own there is taken by it. Something that was merely assigned to a
        variable is taken from where this module imports it, else from this module.
        """
        own = Ref(str(getattr(thing, "__module__", "")), str(getattr(thing, "__qualname__", name)))
        if _find(own) is thing:
            return own
        here = Ref(self.module.name, name)
        for ref in (Ref(own.module, name), self.module.imported(name) or here, here):
            if _find(ref) is thing:
                return ref
        return None


def _find(ref: Ref) -> object:
    found: object = sys.modules.get(ref.module, MISSING)
    for part in ref.qualname.split("."):
        found = getattr(found, part, MISSING)
    return found


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those under `if` and `try` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from statements([*node.body, *handlers, *node.orelse, *node.finalbody])


def _classes_of(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes of a body, and those inside of them, by their qualified names."""
    for node in statements(body):
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _classes_of(node.body, f"{prefix}{node.name}.")


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _try_import(statement: ast.stmt, namespace: dict[str, object]) -> None:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return
    code = compile(ast.Module([statement], []), "<TYPE_CHECKING>", "exec")
    with contextlib.suppress(Exception):  # what stays unresolved is reported where it is used
        exec(code, namespace)  # noqa: S102 (an import of the user's own module)
