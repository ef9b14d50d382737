"""Forms -> types: what an annotation means on the wire, or why it cannot be there."""

import collections.abc
import datetime as dt
import decimal
import pathlib
import types
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    NotRequired,
    ParamSpec,
    Required,
    TypeVar,
    Union,
)

import typing_extensions
from typing_extensions import ReadOnly, TypeVarTuple

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    LiteralValue,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    Var,
    nothing,
    substitute,
    variables,
    walk,
)
from capnweb_gen.ir import Literal as LiteralType
from capnweb_gen.ir import Union as UnionType
from capnweb_gen.loader.classes import Nature, key_of, nature_of, parameters_of
from capnweb_gen.loader.constraints import CONDITIONAL, constraints_of, discriminator_of
from capnweb_gen.loader.forms import NOT_A_TYPE, PARAMS, Form, Forms, is_alias_type
from capnweb_gen.loader.modules import Modules, Scope
from capnweb_gen.loader.unsupported import AWAITABLES, advice, shown

__all__ = ["Binder", "Context"]

_SCALARS: Final[dict[object, str]] = {
    Any: "any",
    types.NoneType: "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    dt.datetime: "datetime",
    "rpc.Blob": "blob",
    "rpc.BigInt": "bigint",
    "rpc.FarDate": "fardate",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "timedelta",
    decimal.Decimal: "decimal",
    uuid.UUID: "uuid",
    pathlib.Path: "path",
    pathlib.PurePath: "purepath",
    pathlib.PurePosixPath: "pureposixpath",
}

#: Stands for a type whose fault has been reported.
_REFUSED: Final = Scalar("any")

#: What may stand around the type of a field.
_QUALIFIERS: Final = frozenset({NotRequired, Required, ReadOnly, Final})


@dataclass(frozen=True, slots=True)
class Context:
    """Where an annotation stands.

    Attributes:
        scope: where its names are looked up.
        variables: the type variables that mean something there, and what.
        in_method: whether any other type variable is one of the method that it stands in.
        self_type: what `Self` means there, None if nothing.
        in_model: whether it is that of a field; a model sees to its constraints by itself.
    """

    scope: Scope
    variables: Mapping[TypeVar, Var] = field(default_factory=dict[TypeVar, Var])
    in_method: bool = False
    self_type: Type | None = None
    in_model: bool = False


class Binder:
    """Gives annotations their meaning, and keeps account of the definitions that they lead to.

    Attributes:
        found: what has a definition of its own, in the order in which it was met: a class, a
            NewType, or the type that an alias stands for. The loader defines them.
    """

    def __init__(self, modules: Modules, forms: Forms, report: Report) -> None:
        self.found: dict[Ref, type | NewType | Type] = {}
        self._modules = modules
        self._forms = forms
        self._report = report
        self._open_aliases: dict[int, Ref] = {}
        self._constructors: dict[object, Callable[[Form, Context], Type]] = {
            list: self._list,
            collections.abc.Sequence: self._list,
            dict: self._dict,
            collections.abc.Mapping: self._dict,
            tuple: self._tuple,
            Union: self._union,
            Literal: self._literal,
            collections.abc.AsyncIterator: self._stream,
            collections.abc.AsyncIterable: self._stream,
            collections.abc.AsyncGenerator: self._stream,
            Annotated: self._annotated,
            collections.abc.Callable: self._callable,
            typing_extensions.Self: self._self,
            NOT_A_TYPE: lambda _form, _context: _REFUSED,
        }

    def bind(self, form: Form, context: Context) -> Type:
        """The type of an annotation; the place of each part is that of its form."""
        bound = self._bind(form, context)
        return bound if bound.span is form.span else replace(bound, span=form.span)

    def bind_result(self, form: Form, context: Context, *, awaited: bool) -> Type:
        """The type of a function's result; what `async def` adds may be written out.

        Args:
            form: its annotation.
            context: where that stands.
            awaited: whether it stands on an `async def`.
        """
        if form.head in AWAITABLES and form.args and not awaited:
            form = form.args[-1]
        return self.bind(form, context)

    def _bind(self, form: Form, context: Context) -> Type:
        head = form.head
        scalar = _SCALARS.get(key_of(head))
        if scalar and not form.args:
            return Scalar(scalar, span=form.span)
        if head in CONDITIONAL and not form.args:
            return self._conditional(form, context)
        if head in self._constructors:
            return self._constructors[head](form, context)
        if head in _QUALIFIERS and form.args:
            return self.bind(form.args[0], context)
        if head is PARAMS:
            message = "a list of types is no type"
            return self._refuse("CW202", form.span, message, "write list[...] or tuple[...]")
        if isinstance(head, TypeVar):
            return self._variable(head, form, context)
        if isinstance(head, ParamSpec | TypeVarTuple) or head is typing_extensions.Concatenate:
            fix = "list the parameters: Callable[[int, str], Awaitable[None]]"
            return self._refuse("CW209", form.span, f"`{shown(form)}` cannot travel", fix)
        if isinstance(head, NewType):
            return self._define(head, form, context)
        if is_alias_type(head):
            return self._alias(head, form, context)
        if isinstance(head, type):
            return self._class(head, form, context)
        return self._refuse("CW201", form.span, f"{shown(form)} cannot travel", advice(form))

    def _refuse(self, code: str, span: Span, message: str, fix: str) -> Type:
        self._report.add(code, span, message, fix)
        return _REFUSED

    def _incomplete(self, form: Form, example: str) -> Type:
        message = f"{shown(form)} does not say of what"
        return self._refuse("CW204", form.span, message, f"write it out, for example {example}")

    # ---- builtin containers

    def _list(self, form: Form, context: Context) -> Type:
        if len(form.args) != 1:
            return self._incomplete(form, "list[int]")
        return List(self.bind(form.args[0], context), span=form.span)

    def _dict(self, form: Form, context: Context) -> Type:
        if len(form.args) != 2:
            return self._incomplete(form, "dict[str, int]")
        key = self.bind(form.args[0], context)
        if key != Scalar("str") and key is not _REFUSED:
            fix = "use str keys, or a list of tuples"
            message = f"the keys of {shown(form)} would arrive as str"
            return self._refuse("CW203", form.args[0].span, message, fix)
        return Dict(self.bind(form.args[1], context))

    def _tuple(self, form: Form, context: Context) -> Type:
        if not form.args:
            return self._incomplete(form, "tuple[int, str]")
        if form.args[-1].head is ...:
            return Tuple((self.bind(form.args[0], context),), endless=True)
        return Tuple(tuple(self.bind(arg, context) for arg in form.args))

    def _union(self, form: Form, context: Context) -> Type:
        if not form.args:
            return self._incomplete(form, "int | str")
        arms = list(dict.fromkeys(self.bind(arg, context) for arg in form.args))
        others = [arm for arm in arms if arm != nothing()]
        if len(others) == len(arms):
            return arms[0] if len(arms) == 1 else UnionType(tuple(arms))
        if len(others) == 1:
            return Optional(others[0], span=form.span)
        return UnionType((*others, nothing(form.span)))

    def _literal(self, form: Form, context: Context) -> Type:
        values: list[LiteralValue] = []
        if not form.values:
            return self._incomplete(form, 'Literal["on", "off"]')
        for value in form.values:
            if isinstance(value, Enum):
                owner = context.scope.locate(type(value))
                if owner is None or not isinstance(value.value, str | int):
                    return self._refuse_value(value, form.span)
                values.append(LiteralValue(value.value, value.name, owner))
            elif isinstance(value, str | int | None):
                values.append(LiteralValue(value, repr(value)))
            else:
                return self._refuse_value(value, form.span)
        return LiteralType(tuple(values))

    def _refuse_value(self, value: object, span: Span) -> Type:
        message = f"the value {value!r} of a Literal cannot travel"
        return self._refuse("CW201", span, message, "use str, int, bool, None or an enum's member")

    def _callable(self, form: Form, context: Context) -> Type:
        if len(form.args) != 2 or form.args[0].head is ...:
            return self._incomplete(form, "Callable[[Event], Awaitable[None]]")
        if form.args[0].head is not PARAMS:  # a ParamSpec or the like
            return self.bind(form.args[0], context)
        params = tuple(self.bind(param, context) for param in form.args[0].args)
        return Func(params, self.bind_result(form.args[1], context, awaited=False))

    def _stream(self, form: Form, context: Context) -> Type:
        if not form.args:
            return self._incomplete(form, "AsyncIterator[int]")
        item = self.bind(form.args[0], context)
        if len(form.args) > 1 and self.bind(form.args[1], context) != nothing():
            message = f"nothing can be sent into {shown(form)}: a stream goes one way"
            fix = f"write AsyncIterator[{shown(form.args[0])}], and take another stream as argument"
            return self._refuse("CW104", form.span, message, fix)
        return Stream(item)

    def _self(self, form: Form, context: Context) -> Type:
        if context.self_type is None:
            message = "Self has no meaning here"
            return self._refuse("CW201", form.span, message, "write the name of the class")
        return context.self_type

    def _annotated(self, form: Form, context: Context) -> Type:
        if not form.args:
            return self._incomplete(form, "Annotated[int, Field(gt=0)]")
        inner = self.bind(form.args[0], context)
        discriminator = discriminator_of(form.values)
        if discriminator and isinstance(inner, UnionType):
            inner = replace(inner, discriminator=discriminator)
        constraints = constraints_of(form.values)
        if not constraints:
            return inner
        bound = Constrained(inner, constraints, span=form.span)
        if form.ref and not variables(bound) and not any(map(_is_capability, walk(bound))):
            self.found[form.ref] = bound
            return Named(form.ref)
        if not context.in_model and not all(each.is_spelled for each in constraints):
            fix = f"name it: Name = Annotated[{shown(form.args[0])}, ...], and use the name here"
            message = "the validator has no name by which generated code could refer to it"
            return self._refuse("CW210", form.span, message, fix)
        return bound

    def _conditional(self, form: Form, context: Context) -> Type:
        """A class of pydantic's that stands for a scalar with a condition."""
        name, constraints = CONDITIONAL[form.head]
        if not constraints:
            return Scalar(name)
        if not context.in_model:
            fix = f"put it in a model, or name it: Name = Annotated[{name}, AfterValidator(...)]"
            message = f"{shown(form)} is checked by models only"
            return self._refuse("CW210", form.span, message, fix)
        return Constrained(Scalar(name), constraints)

    # ---- what has a definition of its own

    def _variable(self, variable: TypeVar, form: Form, context: Context) -> Type:
        name = variable.__name__
        known = context.variables.get(variable)
        if known and known.of_method and (variable.__bound__ or variable.__constraints__):
            fix = "write the type itself, or overload the method"
            message = f"{name} has bounds, which nobody could check for a single call"
            return self._refuse("CW208", form.span, message, fix)
        if known:
            return known
        ref = form.ref or context.scope.locate(variable, name)
        if not context.in_method or ref is None:
            fix = f"make the interface generic, class Name(Protocol[{name}]), or write a type"
            return self._refuse("CW208", form.span, f"nothing here says what {name} is", fix)
        of_method = {**context.variables, variable: Var(ref, of_method=True)}
        return self._variable(variable, form, replace(context, variables=of_method))

    def _alias(self, alias: Any, form: Form, context: Context) -> Type:
        if id(alias) in self._open_aliases:
            return Named(self._open_aliases[id(alias)])
        ref = context.scope.locate(alias, alias.__name__)
        module = self._modules.get(alias.__module__)
        if ref is None or module is None:
            message = f"the alias {alias.__name__} cannot be imported by its name"
            return self._refuse("CW211", form.span, message, "write out what it stands for")
        params = {
            variable: Var(Ref(ref.module, f"{ref.qualname}.{variable.__name__}"), in_brackets=True)
            for variable in alias.__type_params__
            if isinstance(variable, TypeVar)
        }
        if not self._has_arguments(form, alias.__name__, [each.__name__ for each in params]):
            return _REFUSED
        inside = replace(context, scope=Scope(module), variables={**context.variables, **params})
        self._open_aliases[id(alias)] = ref
        try:
            target = self.bind(self._forms.of(alias.__value__, Scope(module), form.span), inside)
        finally:
            del self._open_aliases[id(alias)]
        if Named(ref) in walk(target):
            return self._recursive(form, ref, target, params)
        args = [self.bind(arg, context) for arg in form.args]
        refs = [each.ref for each in params.values()]
        return substitute(target, dict(zip(refs, args, strict=True)))

    def _recursive(self, form: Form, ref: Ref, target: Type, params: Mapping[TypeVar, Var]) -> Type:
        if params:
            fix = "write it out for the types that it is used with"
            message = f"the generic alias {ref.qualname} contains itself"
            return self._refuse("CW206", form.span, message, fix)
        self.found[ref] = target
        return Named(ref)

    def _has_arguments(self, form: Form, name: str, wanted: Sequence[str]) -> bool:
        """Whether a type has as many type arguments as it is generic in; reports it if not."""
        if len(wanted) == len(form.args):
            return True
        names = ", ".join(wanted)
        if not names:
            self._refuse("CW204", form.span, f"{name} is not generic", f"write {name}")
        else:
            message = f"{shown(form)} does not say what {names} is"
            fix = f"write {name}[...] with a type for {names}"
            self._refuse("CW204", form.span, message, fix)
        return False

    def _class(self, cls: type, form: Form, context: Context) -> Type:
        nature = nature_of(cls)
        if nature is None:
            return self._refuse("CW201", form.span, f"{shown(form)} cannot travel", advice(form))
        if nature is Nature.OLD_TYPED_DICT:
            fix = "import TypedDict from typing_extensions, as pydantic asks for before Python 3.12"
            return self._refuse("CW207", form.span, f"{cls.__name__} comes from typing", fix)
        return self._define(cls, form, context)

    def _define(self, thing: Any, form: Form, context: Context) -> Type:
        """The type of a class or NewType, which will be defined later."""
        ref = context.scope.locate(thing, thing.__name__)
        if ref is None:
            fix = "define it at the top level of a module, or inside of a class"
            message = f"{thing.__qualname__} cannot be imported by its name"
            return self._refuse("CW211", form.span, message, fix)
        wanted = parameters_of(thing) if isinstance(thing, type) else ()
        if not self._has_arguments(form, thing.__name__, [each.__name__ for each in wanted]):
            return _REFUSED
        args = tuple(self.bind(arg, context) for arg in form.args)
        self.found.setdefault(ref, thing)
        is_interface = isinstance(thing, type) and nature_of(thing) is Nature.INTERFACE
        made = Cap if is_interface else Named
        return made(ref, args, span=form.span)


def _is_capability(t: Type) -> bool:
    return isinstance(t, Cap | Func | Stream)
