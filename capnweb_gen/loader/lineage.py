"""A class together with those it inherits from, and what their type variables stand for in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from capnweb_gen.diagnostics import Span
from capnweb_gen.ir import Ref, Type, Var, substitute
from capnweb_gen.loader.annotations import Binder, Context
from capnweb_gen.loader.classes import bases_of, nature_of, parameters_of, variance_of
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
        return Context(self.scope, frozenset(parameters_of(self.cls)))


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
        scope = Scope(ancestor.module)
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
    scope = Scope(module, cls)
    located = [(scope.locate(each, each.__name__), each) for each in parameters_of(cls)]
    return tuple(Var(ref, variance_of(variable)) for ref, variable in located if ref)
