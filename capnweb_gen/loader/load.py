"""The way through a module: import it, read interfaces and all they lead to."""

import ast
import importlib
from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, Interface, Ref, TypeDef, in_order
from capnweb_gen.loader.annotations import Binder
from capnweb_gen.loader.classes import Nature, nature_of
from capnweb_gen.loader.definitions import DefinitionReader
from capnweb_gen.loader.failures import report_exception
from capnweb_gen.loader.forms import Forms
from capnweb_gen.loader.interfaces import InterfaceReader
from capnweb_gen.loader.lineage import Lineages
from capnweb_gen.loader.modules import Module, Modules, Scope, statements
from capnweb_gen.loader.source import Source

__all__ = ["load"]


def load(source: Source, modules: Modules, report: Report) -> Contract | None:
    """The interfaces of a module and everything they lead to.

    The module is imported into this very process, which should not be one that matters.

    Args:
        source: the module; the folder it is imported from is on `sys.path`.
        modules: those that were imported so far.
        report: takes what is wrong.

    Returns:
        None if there is nothing to go on with. After errors in single annotations there is a
        contract, in which they stand as Any, so that later stages can report what else is wrong.
    """
    if not _imports(source, report):
        return None
    module = modules.get(source.module)
    if module is None or not Path(module.file).samefile(source.path):
        message = f"there is another module called `{source.module}`, which is imported instead"
        report.add("CW006", source.start, message, "rename the file")
        return None
    return _Loader(modules, module, report).contract()


def _parses(source: Source, report: Report) -> bool:
    try:
        ast.parse(source.path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        col = getattr(error, "offset", None) or 1
        span = Span(str(source.path), line, col, line, col + 1)
        message = getattr(error, "msg", None) or str(error)
        report.add("CW004", span, message, "correct it; nothing was read")
        return False
    return True


def _imports(source: Source, report: Report) -> bool:
    try:
        importlib.import_module(source.module)
    except BaseException as error:  # noqa: BLE001 (SystemExit too: the module is the user's)
        if _parses(source, report):
            report_exception(error, source, report)
        return False
    return True


class _Loader:
    """Reads one module."""

    def __init__(self, modules: Modules, module: Module, report: Report) -> None:
        self._module = module
        self._report = report
        forms = Forms(report)
        self._binder = Binder(modules, forms, report)
        lineages = Lineages(modules, forms, self._binder)
        self._interfaces = InterfaceReader(modules, forms, self._binder, lineages, report)
        self._definitions = DefinitionReader(modules, forms, self._binder, lineages, report)

    def contract(self) -> Contract:
        """Everything that the interfaces of the module lead to."""
        defined = self._classes()
        self._own_interfaces(defined)
        interfaces: dict[Ref, Interface] = {}
        types: dict[Ref, TypeDef] = {}
        while waiting := [ref for ref in self._binder.found if ref not in interfaces | types]:
            for ref in waiting:
                self._define(ref, interfaces, types)
        return Contract(
            self._module.name,
            in_order(interfaces, self._module.name),
            in_order(types, self._module.name),
            {name: span for name, (_, span) in defined.items()},
            self._interfaces.named,
        )

    def _define(
        self, ref: Ref, interfaces: dict[Ref, Interface], types: dict[Ref, TypeDef]
    ) -> None:
        thing = self._binder.found[ref]
        if isinstance(thing, type) and nature_of(thing) is Nature.INTERFACE:
            interface = self._interfaces.read(ref, thing)
            assert interface is not None, "a Protocol that was located has source"
            interfaces[ref] = interface
        else:
            types[ref] = self._definitions.read(ref, thing)

    def _classes(self) -> dict[str, tuple[object, Span]]:
        """The classes that the module defines at its top level, and where."""
        return {
            node.name: (self._module.namespace.get(node.name), self._module.name_span(node))
            for node in statements(self._module.tree.body)
            if isinstance(node, ast.ClassDef)
        }

    def _own_interfaces(self, defined: dict[str, tuple[object, Span]]) -> None:
        """Begin with the module's own public interfaces; say so if there are none."""
        scope = Scope(self._module)
        seen = False
        for name, (cls, span) in defined.items():
            if not isinstance(cls, type) or name.startswith("_"):
                continue
            if nature_of(cls) is Nature.INTERFACE:
                ref = scope.locate(cls, name)
                assert ref is not None, "it is defined at the top level"
                self._binder.found.setdefault(ref, cls)
                seen = True
            elif _looks_like_interface(cls, self._module):
                message = f"{name} looks like an interface, but Protocol is not among its bases"
                bases = [base.__name__ for base in cls.__bases__ if base is not object]
                fix = f"write class {name}({', '.join([*bases, 'Protocol'])})"
                self._report.add("CW101", span, message, fix)
        if not seen:
            span = Span(self._module.file, 1, 1, 1, 1)
            fix = "write one: class Api(Protocol), with methods"
            self._report.add("CW005", span, f"{self._module.name} defines no interface", fix)


def _looks_like_interface(cls: type, module: Module) -> bool:
    """Whether a class has nothing but methods without a body: `...`, a docstring, or both."""
    if nature_of(cls) is not None:
        return False
    node = module.class_node(cls.__qualname__)
    functions = [
        part
        for part in (node.body if node else [])
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return bool(functions) and all(_is_empty(function.body) for function in functions)


def _is_empty(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and (statement.value.value is ... or isinstance(statement.value.value, str))
        for statement in body
    )
