"""Protocols -> interfaces: their members in the order of the source, inherited ones first."""

import ast
import inspect
import typing
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Cap,
    Default,
    Interface,
    Method,
    Optional,
    Param,
    ParamKind,
    Property,
    Ref,
    Scalar,
    Signature,
    Type,
    Union,
    Var,
    nothing,
    substitute_in,
    variables,
)
from capnweb_gen.loader.annotations import Binder, Context
from capnweb_gen.loader.classes import Nature, nature_of
from capnweb_gen.loader.forms import Forms
from capnweb_gen.loader.lineage import Ancestor, Lineages, parameter_types
from capnweb_gen.loader.marks import is_marked_idempotent, marked_name
from capnweb_gen.loader.modules import Module, Modules, statements

__all__ = ["InterfaceReader"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a member stands: in a class of a lineage.

    Attributes:
        ancestor: the class.
        context: where the annotations of its properties stand.
        of_methods: where those of its methods do.
    """

    ancestor: Ancestor
    context: Context
    of_methods: Context

    @property
    def module(self) -> Module:
        return self.ancestor.module

    def label(self, name: str) -> str:
        return f"{self.ancestor.cls.__name__}.{name}"


class InterfaceReader:
    """Reads interfaces.

    Attributes:
        named: what members are said to be called on the wire, by "module:Interface.member".
    """

    def __init__(
        self, modules: Modules, forms: Forms, binder: Binder, lineages: Lineages, report: Report
    ) -> None:
        self._modules = modules
        self._forms = forms
        self._binder = binder
        self._lineages = lineages
        self._report = report
        self.named: dict[str, str] = {}

    def read(self, ref: Ref, cls: type) -> Interface | None:
        """The interface that a Protocol describes; None if it has no source."""
        lineage = self._lineages.of(cls)
        node = lineage[-1].module.class_node(cls.__qualname__) if lineage else None
        if not lineage or node is None:
            return None
        params = parameter_types(cls, self._modules)
        own = lineage[-1]
        members: dict[str, Method | Property] = {}
        for ancestor in lineage:
            if nature_of(ancestor.cls) is Nature.INTERFACE:
                context = replace(ancestor.context, self_type=Cap(ref, params))
                of_methods = replace(context, in_method=True)
                for member in self._members(_Place(ancestor, context, of_methods)):
                    members[member.name] = substitute_in(member, ancestor.known)
        return Interface(
            ref,
            params,
            self._bases(own),
            tuple(members.values()),
            ast.get_docstring(node),
            own.module.name_span(node),
        )

    def _bases(self, own: Ancestor) -> tuple[Cap, ...]:
        bound = [
            self._binder.bind(form, own.context)
            for form in self._lineages.bases(own)
            if isinstance(form.head, type) and nature_of(form.head) is Nature.INTERFACE
        ]
        return tuple(base for base in bound if isinstance(base, Cap))

    def _members(self, place: _Place) -> list[Method | Property]:
        """What one class of the lineage declares itself, without what is private."""
        node = place.module.class_node(place.ancestor.cls.__qualname__)
        found: dict[str, Method | Property | None] = {}
        overloaded: set[str] = set()
        for statement in statements(node.body) if node else ():
            match statement:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if name.startswith("_"):
                        continue
                    if _is_overload(statement):
                        overloaded.add(name)
                    elif name in overloaded:
                        continue  # the implementation: its signature is nobody's business
                    member, before = self._function(statement, place), found.get(name)
                    if name in overloaded and member and before:
                        member = _with_signature(before, member)
                    found[name] = member or before
                case ast.AnnAssign(target=ast.Name(id=name)):
                    if not name.startswith("_"):
                        found[name] = self._attribute(statement, name, place)
                case ast.Assign(targets=[ast.Name(id=name) as target]):
                    if not name.startswith("_"):
                        self._unannotated(place.label(name), place.module.span(target))
                case _:
                    pass
        cls = place.ancestor.cls
        for name in found:
            functions = _functions(cls, name, is_overloaded=name in overloaded)
            on_wire = next(filter(None, map(marked_name, functions)), None)
            if on_wire:
                self.named[f"{cls.__module__}:{cls.__qualname__}.{name}"] = on_wire
        return [member for member in found.values() if member]

    # ---- properties

    def _attribute(self, node: ast.AnnAssign, name: str, place: _Place) -> Property:
        span = place.module.span(node.target)
        if _last_name(node.annotation) == "ClassVar":
            message = f"{place.label(name)} belongs to the class, which stays where it is"
            self._report.add("CW107", span, message, "make it a property, or leave it out")
            return _instead(name, span)
        message = f"{place.label(name)} can be read over the wire, but never set"
        fix = "write it as a @property, which says so"
        self._report.add("CW108", span, message, fix)
        form = self._forms.read(node.annotation, place.context.scope)
        return Property(name, name, self._binder.bind(form, place.context), None, None, span)

    def _property(self, node: _Function, place: _Place) -> Property:
        span = place.module.name_span(node)
        returns = self._returns(node, place)
        doc = ast.get_docstring(node)
        return Property(node.name, node.name, returns, _deprecated(node), doc, span)

    # ---- methods

    def _function(self, node: _Function, place: _Place) -> Method | Property | None:
        """A member that is written as a function; None if it is none, or one that was replaced."""
        span = place.module.name_span(node)
        label = place.label(node.name)
        names = {_last_name(decorator) for decorator in node.decorator_list}
        if names & {"setter", "deleter"}:
            message = f"{label} can be read over the wire, but never set or deleted"
            fix = f"leave the {min(names & {'setter', 'deleter'})} out, or write a method for it"
            self._report.add("CW108", span, message, fix)
            return None
        if names & {"classmethod", "staticmethod"}:
            message = f"{label} belongs to the class, which stays where it is"
            self._report.add("CW107", span, message, "make it a method, with self")
            return _instead(node.name, span)
        # What `overload` gives is nobody's function; that of each signature is alive.
        if "overload" not in names and not _is_live(node, place.ancestor.cls):
            return None
        if names & {"property", "cached_property"}:
            return self._property(node, place)
        if not (node.args.posonlyargs or node.args.args):
            message = f"{label} has no self"
            self._report.add("CW103", span, message, f"write {node.name}(self, ...)")
        signature = self._signature(node, place)
        functions = _functions(place.ancestor.cls, node.name, is_overloaded="overload" in names)
        idempotent = any(map(is_marked_idempotent, functions))
        doc, deprecated = ast.get_docstring(node), _deprecated(node)
        return Method(node.name, node.name, (signature,), idempotent, deprecated, doc, span)

    def _signature(self, node: _Function, place: _Place) -> Signature:
        place = _Place(place.ancestor, _in_method(node, place), place.of_methods)
        params, returns = self._params(node, place), self._returns(node, place)
        taken = [each for param in params for each in variables(param.type) if each.of_method]
        returned = [each for each in variables(returns) if each.of_method]
        given = {each.ref for each in taken}
        for each in returned:
            if each.ref not in given:
                message = (
                    f"{place.label(node.name)} takes nothing that would say what {each.name} is"
                )
                fix = "take a parameter of it, or write a type"
                self._report.add(
                    "CW208", returns.span or place.module.name_span(node), message, fix
                )
        return Signature(params, returns, tuple(dict.fromkeys([*taken, *returned])))

    def _returns(self, node: _Function, place: _Place) -> Type:
        if node.returns is None:
            message = f"{place.label(node.name)} does not say what it returns"
            fix = "add -> and a type, -> None if it returns nothing"
            self._report.add("CW102", place.module.name_span(node), message, fix)
            return nothing()
        form = self._forms.read(node.returns, place.context.scope)
        awaited = isinstance(node, ast.AsyncFunctionDef)
        return self._binder.bind_result(form, place.context, awaited=awaited)

    def _params(self, node: _Function, place: _Place) -> tuple[Param, ...]:
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        missing = len(positional) - len(args.defaults)
        defaults: list[ast.expr | None] = [*[None] * missing, *args.defaults]
        found: list[Param] = []
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
            if index > 0:  # the first is self
                only = index < len(args.posonlyargs)
                kind = ParamKind.POSITIONAL if only else ParamKind.NORMAL
                found.append(self._param(arg, kind, default, place, node.name))
        if args.vararg:
            found.append(self._param(args.vararg, ParamKind.REST, None, place, node.name))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            found.append(self._param(arg, ParamKind.OPTION, default, place, node.name))
        if args.kwarg:
            message = f"{place.label(node.name)}: **{args.kwarg.arg} has no names to send"
            fix = "list keyword-only parameters after *, or take a dict[str, ...]"
            self._report.add("CW106", place.module.span(args.kwarg), message, fix)
        return tuple(found)

    def _param(
        self, arg: ast.arg, kind: ParamKind, default: ast.expr | None, place: _Place, method: str
    ) -> Param:
        span = place.module.span(arg)
        label = f"{place.label(method)}({arg.arg})"
        if arg.annotation is None:
            self._unannotated(label, span)
            return Param(arg.arg, arg.arg, kind, nothing(), None, span)
        form = self._forms.read(arg.annotation, place.context.scope)
        bound = self._binder.bind(form, place.context)
        is_none = isinstance(default, ast.Constant) and default.value is None
        if is_none and not _takes_none(bound):
            text = ast.unparse(arg.annotation)
            message = f"{label} is None by default, which is no {text}"
            self._report.add("CW111", form.span, message, f"write {text} | None")
        source = None if default is None else Default(ast.unparse(default))
        return Param(arg.arg, arg.arg, kind, bound, source, span)

    def _unannotated(self, label: str, span: Span) -> None:
        self._report.add("CW102", span, f"{label} has no type", "add : and a type")


def _with_signature(before: Method | Property, other: Method | Property) -> Method | Property:
    """An overloaded method with one signature more."""
    if not isinstance(before, Method) or not isinstance(other, Method):
        return before
    return replace(
        before,
        signatures=before.signatures + other.signatures,
        # One signature may be, and the others not; then the method is not.
        deprecated=before.deprecated and other.deprecated and before.deprecated,
        doc=before.doc or other.doc,
    )


def _in_method(node: _Function, place: _Place) -> Context:
    """Where the annotations of a method stand: its own type parameters mean something there."""
    owner, context = place.ancestor.cls, place.of_methods
    # Those in brackets are made anew, for nothing leads to the function of an overload.
    own = {
        TypeVar(param.name): Var(
            Ref(owner.__module__, f"{owner.__qualname__}.{node.name}.{param.name}"),
            in_brackets=True,
            of_method=True,
        )
        for param in getattr(node, "type_params", [])
    }
    if not own:
        return context
    scope = replace(context.scope, local={each.__name__: each for each in own})
    return replace(context, scope=scope, variables={**context.variables, **own})


def _functions(cls: type, name: str, *, is_overloaded: bool) -> list[object]:
    """The functions of a method, on which decorators leave marks: with overloads, several."""
    if not is_overloaded:
        return [vars(cls).get(name)]
    # In a Protocol nothing but their name leads to them: the class has what `overload` gives.
    named = SimpleNamespace(__module__=cls.__module__, __qualname__=f"{cls.__qualname__}.{name}")
    overloads: list[object] = [*typing.get_overloads(cast("Any", named))]
    return overloads or [vars(cls).get(name)]


def _is_overload(node: _Function) -> bool:
    return any(_last_name(decorator) == "overload" for decorator in node.decorator_list)


def _deprecated(node: _Function) -> str | None:
    """The message of `@deprecated("...")`."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(args=[ast.Constant(value=str(message)), *_]):
                if _last_name(decorator) == "deprecated":
                    return message
            case _:
                pass
    return None


def _instead(name: str, span: Span) -> Property:
    """Stands for a member that was refused, so that its interface is not taken to be empty."""
    return Property(name, name, nothing(), None, None, span)


def _takes_none(t: Type) -> bool:
    return (
        isinstance(t, Optional | Var)
        or t in {nothing(), Scalar("any")}
        or (isinstance(t, Union) and nothing() in t.arms)
    )


def _last_name(node: ast.expr) -> str:
    """`setter` of `@name.setter`, `deprecated` of `@deprecated("...")`."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return ast.unparse(node).rpartition(".")[2]


def _is_live(node: _Function, cls: type) -> bool:
    """Whether a definition is the one that counts: of two under if and else, it is one."""
    found: object = vars(cls).get(node.name)
    found = found.fget if isinstance(found, property) else found
    code = getattr(inspect.unwrap(found), "__code__", None) if callable(found) else None
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return code is None or code.co_firstlineno == first
