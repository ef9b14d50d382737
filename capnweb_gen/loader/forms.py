"""Annotations in one form, whether they were read from source or found as objects at run time.

A form has a head (what the annotation is about: a class, a special form of `typing`, a type
variable) and arguments, which are forms too; every form knows the place in the source to blame.
Source is read where there is any: it has the places, and one name that cannot be resolved does not
hide the others. Objects are taken apart where there is no source, and behind aliases.
"""

import ast
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import (
    Annotated,
    Any,
    Final,
    ForwardRef,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import typing_extensions

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Ref
from capnweb_gen.loader.modules import MISSING, Scope

__all__ = ["NOT_A_TYPE", "PARAMS", "Form", "Forms", "is_alias_type"]

#: The head of a form whose fault has been reported.
NOT_A_TYPE: Final = object()

#: The head of the list of parameters of a Callable.
PARAMS: Final = object()

_ALIAS_TYPES: Final = tuple(
    alias
    for alias in (typing_extensions.TypeAliasType, getattr(typing, "TypeAliasType", None))
    if isinstance(alias, type)
)


@dataclass(frozen=True, slots=True)
class Form:
    """An annotation.

    Attributes:
        head: what it is about.
        args: what stands in the brackets.
        span: the place to blame.
        values: of a Literal, instead of `args`; of an Annotated, what is behind the type.
        ref: the name under which the source has it, if it is a mere name and no class.
    """

    head: object
    args: "tuple[Form, ...]"
    span: Span
    values: tuple[object, ...] = ()
    ref: Ref | None = None


class Forms:
    """Reads forms. Remembers which aliases it is inside of, to notice those without an end."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._inside: list[tuple[str, str]] = []

    # ---- from source

    def read(self, node: ast.expr, scope: Scope) -> Form:
        """The form of an annotation in the source."""
        span = scope.span(node)
        match node:
            case ast.Constant(value=None):
                return Form(types.NoneType, (), span)
            case ast.Constant(value=str(text)):
                return self._read_text(text, node, scope)
            case ast.Constant(value=value) if value is ...:
                return Form(..., (), span)
            case ast.Name(id=name):
                return self._named(scope.lookup(name), name, name, scope, span)
            case ast.Attribute(attr=name):
                return self._named(scope.resolve(node), name, ast.unparse(node), scope, span)
            case ast.Subscript():
                return self._subscript(node, scope, span)
            case ast.BinOp(op=ast.BitOr()):
                arms = (self.read(node.left, scope), self.read(node.right, scope))
                return _union(arms, span)
            case ast.List(elts=elements):
                return Form(PARAMS, tuple(self.read(e, scope) for e in elements), span)
            case _:
                return self._refuse("CW202", span, f"`{ast.unparse(node)}` is not a type")

    def _read_text(self, text: str, node: ast.Constant, scope: Scope) -> Form:
        try:
            inner = ast.parse(text.strip(), mode="eval").body
        except SyntaxError:
            return self._refuse("CW202", scope.span(node), f"{text!r} is not a type")
        _move(inner, node, text)
        return self.read(inner, scope)

    def _named(self, thing: object, name: str, shown: str, scope: Scope, span: Span) -> Form:
        if thing is MISSING:
            fix = "import it, define it in this module, or correct the spelling"
            self._report.add("CW003", span, f"`{shown}` is not defined", fix)
            return Form(NOT_A_TYPE, (), span)
        if isinstance(thing, type):  # which knows its own name, and has no end to be looked for
            return self.of(thing, scope, span)
        key = (scope.module.name, shown)
        if key in self._inside:
            fix = f'give it a name of its own: {name} = TypeAliasType("{name}", ...)'
            return self._refuse("CW206", span, f"`{name}` contains itself without end", fix)
        self._inside.append(key)
        try:
            form = self.of(thing, scope, span)
        finally:
            self._inside.pop()
        return replace(form, ref=scope.locate(thing, name))

    def _subscript(self, node: ast.Subscript, scope: Scope, span: Span) -> Form:
        head = self.read(node.value, scope)
        elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head.head is Literal:
            values = tuple(self._literal(element, scope) for element in elements)
            return Form(NOT_A_TYPE if MISSING in values else Literal, (), span, values)
        if head.head is Annotated:
            metadata = tuple(self._evaluated(element, scope) for element in elements[1:])
            return Form(Annotated, (self.read(elements[0], scope),), span, metadata)
        args = tuple(self.read(element, scope) for element in elements)
        if head.args:  # an alias with type variables
            return replace(_filled(head, args), span=span, ref=None)
        return _normal(head.head, args, span)

    def _literal(self, node: ast.expr, scope: Scope) -> object:
        try:
            return ast.literal_eval(node)
        except ValueError:
            found = scope.resolve(node) if isinstance(node, ast.Attribute) else MISSING
        if found is MISSING:
            message = f"`{ast.unparse(node)}` is not a value for Literal"
            self._refuse("CW202", scope.span(node), message)
        return found

    def _evaluated(self, node: ast.expr, scope: Scope) -> object:
        """What an expression in an annotation gives; it was evaluated there, or would be."""
        code = compile(ast.Expression(node), scope.module.file, "eval")
        try:
            return eval(code, {}, cast("Mapping[str, object]", scope))  # noqa: S307 (the user's own module, which was imported)
        except Exception as error:  # noqa: BLE001 (it may raise anything)
            message = f"`{ast.unparse(node)}` raised {type(error).__name__}: {error}"
            self._refuse("CW202", scope.span(node), message, "correct it")
            return None

    def _refuse(
        self, code: str, span: Span, message: str, fix: str = "write a type such as list[int]"
    ) -> Form:
        self._report.add(code, span, message, fix)
        return Form(NOT_A_TYPE, (), span)

    # ---- from objects

    def of(self, thing: Any, scope: Scope, span: Span) -> Form:
        """The form of an annotation that exists as an object; all of it is blamed on `span`."""
        if isinstance(thing, ForwardRef):
            thing = thing.__forward_arg__
        if isinstance(thing, str):
            try:
                node = ast.parse(thing, mode="eval").body
            except SyntaxError:
                return self._refuse("CW202", span, f"{thing!r} is not a type")
            return self.read(node, replace(scope, blame=span))
        if not _is_hashable(thing):  # no type is; and heads are looked up in tables
            return self._refuse("CW202", span, f"a {type(thing).__name__} is not a type")
        if isinstance(thing, type):
            made_of = getattr(thing, "__pydantic_generic_metadata__", None)
            if made_of and made_of["origin"]:  # Page[User] is a class of its own
                args = tuple(self.of(arg, scope, span) for arg in made_of["args"])
                return Form(made_of["origin"], args, span)
            return Form(thing, (), span)
        head = get_origin(thing)
        if head is None:
            return Form(types.NoneType if thing is None else thing, (), span)
        if head is Annotated:
            inner, *metadata = get_args(thing)
            return Form(Annotated, (self.of(inner, scope, span),), span, tuple(metadata))
        if head is Literal:
            return Form(Literal, (), span, get_args(thing))
        args = tuple(
            Form(PARAMS, tuple(self.of(part, scope, span) for part in arg), span)
            if isinstance(arg, list)
            else self.of(arg, scope, span)
            for arg in get_args(thing)
        )
        return _normal(head, args, span)


def _move(inner: ast.expr, node: ast.Constant, text: str) -> None:
    """Tell the parts of an annotation in quotes where they stand in the file."""
    end = node.end_col_offset or 0
    quotes = (end - node.col_offset - len(text.encode()) + 1) // 2
    one_line = node.end_lineno == node.lineno and inner.end_lineno == 1
    for part in ast.walk(inner):
        if isinstance(part, ast.expr):
            shift = node.col_offset + quotes
            part.col_offset = part.col_offset + shift if one_line else node.col_offset
            part.end_col_offset = (part.end_col_offset or 0) + shift if one_line else end
            part.lineno, part.end_lineno = node.lineno, node.end_lineno


def is_alias_type(thing: object) -> bool:
    """Whether it is what `type X = ...` makes."""
    return isinstance(thing, _ALIAS_TYPES)


def _normal(head: object, args: tuple[Form, ...], span: Span) -> Form:
    """One head for all spellings of the same."""
    if head is typing.Optional:
        return _union((*args, Form(types.NoneType, (), span)), span)
    if head is Union or head is types.UnionType:
        return _union(args, span)
    origin = get_origin(head)  # typing.List -> list
    return Form(head if origin is None else origin, args, span)


def _union(arms: tuple[Form, ...], span: Span) -> Form:
    flat: list[Form] = []
    for arm in arms:
        flat += arm.args if arm.head is Union else [arm]
    return Form(Union, tuple(flat), span)


def _filled(form: Form, args: tuple[Form, ...]) -> Form:
    """An alias with its type variables replaced, in the order in which they first occur."""
    order = list(dict.fromkeys(_type_variables(form)))
    return _replaced(form, dict(zip(order, args, strict=False)))


def _type_variables(form: Form) -> list[object]:
    if isinstance(form.head, TypeVar):
        return [form.head]
    return [found for arg in form.args for found in _type_variables(arg)]


def _replaced(form: Form, known: dict[object, Form]) -> Form:
    if isinstance(form.head, TypeVar):
        return known.get(form.head, form)
    return replace(form, args=tuple(_replaced(arg, known) for arg in form.args))


def _is_hashable(thing: object) -> bool:
    try:
        hash(thing)
    except TypeError:
        return False
    return True
