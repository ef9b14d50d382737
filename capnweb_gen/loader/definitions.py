"""Models, dataclasses, TypedDicts, NamedTuples, enums, NewTypes and aliases -> type definitions."""

import ast
import dataclasses
from enum import Enum, Flag
from typing import Any, NewType, NotRequired, Required

from pydantic import AliasChoices, BaseModel
from pydantic.dataclasses import is_pydantic_dataclass
from pydantic.fields import FieldInfo

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Constrained,
    Constraint,
    Default,
    Field,
    Named,
    Ref,
    Type,
    TypeDef,
    TypeKind,
    Union,
    bare,
    substitute,
)
from capnweb_gen.loader.annotations import Binder, Context
from capnweb_gen.loader.classes import Nature, nature_of
from capnweb_gen.loader.constraints import constraints_of, discriminator_of
from capnweb_gen.loader.forms import Forms
from capnweb_gen.loader.lineage import Ancestor, Lineages, parameter_types
from capnweb_gen.loader.modules import Module, Modules, Scope

__all__ = ["DefinitionReader"]


@dataclasses.dataclass(frozen=True, slots=True)
class _Declared:
    """A field, as the class tells it at run time."""

    name: str
    annotation: Any
    required: bool
    wire_name: str
    accepted: frozenset[str]
    metadata: tuple[object, ...] = ()


_KINDS = {
    Nature.MODEL: TypeKind.MODEL,
    Nature.DATACLASS: TypeKind.DATACLASS,
    Nature.TYPED_DICT: TypeKind.TYPED_DICT,
    Nature.NAMED_TUPLE: TypeKind.NAMED_TUPLE,
}


_QUALIFIERS: dict[object, bool] = {NotRequired: False, Required: True}


class DefinitionReader:
    """Reads the definitions of named types."""

    def __init__(
        self, modules: Modules, forms: Forms, binder: Binder, lineages: Lineages, report: Report
    ) -> None:
        self._modules = modules
        self._forms = forms
        self._binder = binder
        self._lineages = lineages
        self._report = report

    def read(self, ref: Ref, thing: type | NewType | Type) -> TypeDef:
        """The definition of what the binder found."""
        module = self._modules.get(ref.module)
        span = _span_of(ref, module)
        if isinstance(thing, NewType):
            context = Context(_scope(module, span), in_model=False)
            form = self._forms.of(thing.__supertype__, context.scope, span)
            target = self._binder.bind(form, context)
            return TypeDef(ref, TypeKind.NEW_TYPE, (), (), (), target, None, span)
        if not isinstance(thing, type):
            return TypeDef(ref, TypeKind.ALIAS, (), (), (), thing, None, span)
        node = module.class_node(ref.qualname) if module else None
        doc = ast.get_docstring(node) if node else None
        if issubclass(thing, Enum):
            values = self._values(thing, span)
            names = tuple(member.name for member in thing)
            kind = TypeKind.FLAGS if issubclass(thing, Flag) else TypeKind.ENUM
            return TypeDef(ref, kind, (), (), values, None, doc, span, names=names)
        nature = nature_of(thing)
        params = parameter_types(thing, self._modules)
        fields = self._fields(thing, _scope(module, span))
        if nature is Nature.ROOT_MODEL:
            return TypeDef(ref, TypeKind.ALIAS, params, (), (), fields[0].type, doc, span)
        assert nature is not None, "the binder refuses other classes"
        closed = issubclass(thing, BaseModel) and thing.model_config.get("extra") == "forbid"
        if issubclass(thing, BaseModel) and closed:
            self._check_computed(thing, span)
        ancestors = self._ancestors(thing, ref)
        return TypeDef(
            ref,
            _KINDS[nature],
            params,
            fields,
            (),
            None,
            doc,
            span,
            ancestors=ancestors,
            closed=closed,
        )

    def _check_computed(self, model: type[BaseModel], span: Span) -> None:
        """What a model sends it should also take."""
        for name in model.__pydantic_computed_fields__:
            message = f"{model.__name__}.{name} is sent, and refused on receipt: extra is forbidden"
            fix = 'let it ignore what it does not know, not extra="forbid", or make it a method'
            self._report.add("CW219", span, message, fix)

    def _ancestors(self, cls: type, ref: Ref) -> frozenset[Ref]:
        lineage = self._lineages.of(cls)
        return frozenset(Ref(each.cls.__module__, each.cls.__qualname__) for each in lineage) - {
            ref
        }

    def _values(self, enum: type[Enum], span: Span) -> tuple[str | int | float | bool | None, ...]:
        values: list[str | int | float | bool | None] = []
        for member in enum:
            value = member.value
            if isinstance(value, str | int | float | None) and value == value:  # noqa: PLR0124
                values.append(value)
            else:  # Among them is NaN, which equals nothing, so that no member is found by it.
                message = f"{enum.__name__}.{member.name} has a value that cannot travel"
                fix = "give every member a str, int, float (but NaN) or bool"
                self._report.add("CW214", span, message, fix)
        return tuple(values)

    def _fields(self, cls: type, made: Scope) -> tuple[Field, ...]:
        lineage = self._lineages.of(cls)
        return tuple(self._field(declared, lineage, made) for declared in _declared(cls))

    def _field(self, declared: _Declared, lineage: list[Ancestor], made: Scope) -> Field:
        """A field: its type read where it is annotated, the rest as the class tells it.

        Args:
            declared: what the class tells.
            lineage: the classes that may annotate it.
            made: where the class is made, for one that is made by a call (`TypedDict("Name", ...)`)
                and has its annotations as objects only.
        """
        required = declared.required
        default: Default | None = None
        annotations = (
            (ancestor, node)
            for ancestor in reversed(lineage)
            if (node := _annotation(declared.name, ancestor)) is not None
        )
        annotated = next(annotations, None)
        if annotated:
            ancestor, node = annotated
            span = ancestor.module.span(node.target)
            context = dataclasses.replace(ancestor.context, in_model=True)
            form = self._forms.read(node.annotation, context.scope)
            bound = substitute(self._binder.bind(form, context), ancestor.known)
            # Of a TypedDict whose annotations are strings, the class does not know it.
            required = _QUALIFIERS.get(form.head, required)
            default = None if required else _default(node.value)
        else:
            span = made.blame or Span(made.module.file, 1, 1, 1, 1)
            form = self._forms.of(declared.annotation, made, span)
            bound = self._binder.bind(form, Context(made, in_model=True))
        bound = self._constrained(bound, declared.metadata)
        if declared.wire_name not in declared.accepted:
            message = f"{declared.name} is written as {declared.wire_name!r}, but not read as it"
            fix = "use one alias for both directions: Field(alias=...)"
            self._report.add("CW213", span, message, fix)
        return Field(declared.name, declared.wire_name, bound, required, span, default)

    def _constrained(self, bound: Type, metadata: tuple[object, ...]) -> Type:
        """The type of a field with what pydantic gathered of it: from the default's `Field` too."""
        inner = bare(bound)
        discriminator = discriminator_of(metadata)
        if discriminator and isinstance(inner, Union):
            inner = dataclasses.replace(inner, discriminator=discriminator)
        known: tuple[Constraint, ...] = ()
        if isinstance(bound, Named):
            alias = self._binder.found.get(bound.ref)
            known = alias.constraints if isinstance(alias, Constrained) else ()
        gathered = [each for each in constraints_of(metadata) if each not in known]
        if gathered:
            return Constrained(inner, tuple(gathered), span=bound.span)
        return inner if isinstance(inner, Union) else bound


def _default(value: ast.expr | None) -> Default | None:
    """How a default was written, alone or as an argument of `Field` or `field`."""
    match value:
        case None:
            return None
        case (
            ast.Call(func=ast.Name(id="Field" | "field"))
            | ast.Call(func=ast.Attribute(attr="Field" | "field"))
        ):
            given = {each.arg: each.value for each in value.keywords}
            if "default_factory" in given:
                factory = ast.unparse(given["default_factory"])
                return Default(f"({factory})()" if " " in factory else f"{factory}()")
            written = value.args[0] if value.args else given.get("default")
            return Default(ast.unparse(written)) if written else None
        case _:
            return Default(ast.unparse(value))


def _annotation(name: str, ancestor: Ancestor) -> ast.AnnAssign | None:
    node = ancestor.module.class_node(ancestor.cls.__qualname__)
    for statement in node.body if node else ():
        match statement:
            case ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                return statement
            case _:
                pass
    return None


def _declared(cls: Any) -> list[_Declared]:
    if issubclass(cls, BaseModel) or is_pydantic_dataclass(cls):
        config = getattr(cls, "model_config", None) or getattr(cls, "__pydantic_config__", {})
        by_name = bool(config.get("populate_by_name") or config.get("validate_by_name"))
        return [
            _declared_in_model(name, field, by_name=by_name)
            for name, field in cls.__pydantic_fields__.items()
            if not field.exclude
        ]
    if dataclasses.is_dataclass(cls):
        missing = dataclasses.MISSING
        return [
            _plain(
                field.name,
                field.type,
                required=field.default is missing and field.default_factory is missing,
            )
            for field in dataclasses.fields(cls)
        ]
    if hasattr(cls, "_fields"):  # a NamedTuple
        return [
            _plain(
                name, cls.__annotations__.get(name, Any), required=name not in cls._field_defaults
            )
            for name in cls._fields
        ]
    return [
        _plain(name, annotation, required=name in cls.__required_keys__)
        for name, annotation in cls.__annotations__.items()
    ]


def _plain(name: str, annotation: object, *, required: bool) -> _Declared:
    return _Declared(name, annotation, required, name, frozenset({name}))


def _declared_in_model(name: str, field: FieldInfo, *, by_name: bool) -> _Declared:
    match field.validation_alias:
        case None:
            accepted = {name}
        case AliasChoices(choices=choices):
            accepted = {choice for choice in choices if isinstance(choice, str)}
        case alias:
            accepted = {alias} if isinstance(alias, str) else set()
    wire_name = name if field.serialization_alias is None else field.serialization_alias
    accepted |= {name} if by_name else set()
    return _Declared(
        name,
        field.annotation,
        field.is_required(),
        wire_name,
        frozenset(accepted),
        (field,),
    )


def _scope(module: Module | None, span: Span) -> Scope:
    assert module is not None, "the binder located it in a module"
    return Scope(module, blame=span)


def _span_of(ref: Ref, module: Module | None) -> Span:
    """Where a name is defined; the top of its file if that is not to be seen."""
    if module is None:
        return Span(ref.module, 1, 1, 1, 1)
    node = module.class_node(ref.qualname)
    if node:
        return module.name_span(node)
    for statement in module.tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
        for target in targets:
            if isinstance(target, ast.Name) and target.id == ref.qualname:
                return module.span(target)
    return Span(module.file, 1, 1, 1, 1)
