"""A class together with those it inherits from, and what their type variables stand for in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from capnweb_gen.diagnostics import Span
from capnweb_gen.ir import Ref, Type, Var, substitute
from capnweb_gen.loader.annotations import Binder, Context
from capnweb_gen.loader.classes import (
    bases_of,
    is_in_brackets,
    nature_of,
    parameters_of,
    variance_of,
)
from capnweb_gen.loader.forms import Form, Forms
from capnweb_gen.loader.modules import Module, Modules, Scope

__all__ = ["Ancestor", "Lineages", "parameter_types"]


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A class in a lineage.

    Attributes:
        cls: itself.
        module: where it is defined.
        known: what its type variables stand for in the class whose lineage it is.
    """

    cls: type
    module: Module
    known: Mapping[Ref, Type]

    @property
    def scope(self) -> Scope:
        """Where annotations of its members look up names."""
        return Scope(self.module, self.cls)

    @property
    def context(self) -> Context:
        """Where annotations of its members stand."""
        return Context(self.scope, _variables(self.cls, self.module))


class Lineages:
    """Works out lineages."""

    def __init__(self, modules: Modules, forms: Forms, binder: Binder) -> None:
        self._modules = modules
        self._forms = forms
        self._binder = binder

    def of(self, cls: type) -> list[Ancestor]:
        """The class and its ancestors that have Python source, the most basic one first."""
        found: dict[type, Ancestor] = {}
        self._visit(cls, {}, found)
        return [found[ancestor] for ancestor in reversed(cls.__mro__) if ancestor in found]

    def bases(self, ancestor: Ancestor) -> list[Form]:
        """The bases of a class as forms."""
        node = ancestor.module.class_node(ancestor.cls.__qualname__)
        scope = ancestor.scope
        if node is None:
            nowhere = Span(ancestor.module.file, 1, 1, 1, 1)
            return [self._forms.of(base, scope, nowhere) for base in bases_of(ancestor.cls)]
        wanted = [self._forms.read(base, scope) for base in node.bases]
        return [form for form in wanted if isinstance(form.head, type) and nature_of(form.head)]

    def _visit(self, cls: type, known: Mapping[Ref, Type], found: dict[type, Ancestor]) -> None:
        module = self._modules.get(cls.__module__)
        if module is None or cls in found:
            return
        ancestor = found[cls] = Ancestor(cls, module, known)
        for form in self.bases(ancestor):
            if not isinstance(form.head, type):
                continue
            args = [
                substitute(self._binder.bind(arg, ancestor.context), known) for arg in form.args
            ]
            names = [var.ref for var in parameter_types(form.head, self._modules)]
            self._visit(form.head, dict(zip(names, args, strict=False)), found)


def parameter_types(cls: type, modules: Modules) -> tuple[Var, ...]:
    """The type variables of a class, as types."""
    module = modules.get(cls.__module__)
    if module is None:
        return ()
    return tuple(_variables(cls, module).values())


def _variables(cls: type, module: Module) -> dict[TypeVar, Var]:
    """The type variables of a class, each with what it is as a type."""
    scope = Scope(module, cls)
    found: dict[TypeVar, Var] = {}
    for variable in parameters_of(cls):
        if is_in_brackets(variable):
            ref = Ref(cls.__module__, f"{cls.__qualname__}.{variable.__name__}")
            found[variable] = Var(ref, in_brackets=True)
        elif located := scope.locate(variable, variable.__name__):
            found[variable] = Var(located, variance_of(variable))
    return found
