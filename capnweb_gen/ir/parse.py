"""JSON -> the contract: reads what `serialize` writes (docs/contract.md).

Whoever wrote the file: what is wrong with it is a diagnostic that says where, by its path in the
JSON. Keys that are not known are from a later version, which only adds to what others need not
know, and are left alone.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir.contract import (
    Contract,
    Default,
    Field,
    Interface,
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    TypeDef,
    TypeKind,
    WireCase,
)
from capnweb_gen.ir.json_part import InvalidPartError, Part
from capnweb_gen.ir.serialize import FORMAT
from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Constraint,
    Dict,
    Func,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    Variance,
)

__all__ = ["parse_contract"]

T = TypeVar("T")

_FIX: Final = "write it anew with capnweb-gen, or have whoever gave it to you do so"


def parse_contract(text: str, file: str, report: Report) -> Contract | None:
    """The contract that a JSON text describes.

    Args:
        text: of a contract.json.
        file: how diagnostics name it.
        report: takes what is wrong.

    Returns:
        None if something is. Its spans are the top of the file.
    """
    span = Span(file, 1, 1, 1, 1)
    try:
        loaded = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        span = Span(file, error.lineno, error.colno, error.lineno, error.colno + 1)
        report.add("CW008", span, f"not JSON: {error.msg}", _FIX)
        return None
    except (ValueError, RecursionError) as error:
        report.add("CW008", span, f"not JSON that can be read: {error}", _FIX)
        return None
    try:
        return _Reader(span).contract(Part(loaded))
    except InvalidPartError as error:
        report.add("CW008", span, f"{error.path}: {error}", error.fix or _FIX)
    except RecursionError:
        report.add("CW008", span, "types are nested too deeply", _FIX)
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"an object has two of the same key, among {', '.join(found)}")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class _Reader:
    """Reads one contract."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._interfaces: dict[Ref, int] = {}  # by how many type parameters they have
        self._types: dict[Ref, int] = {}
        self._variables: dict[Ref, Var] = {}  # of what is being read

    def contract(self, whole: Part) -> Contract:
        form = whole["format"].text()
        name, _, minor = form.partition(".")
        if name != FORMAT or (minor and not minor.isdigit()):
            fix = f"this capnweb-gen reads {FORMAT}; upgrade one of the two"
            whole["format"].refuse(f"{form!r} is no form that can be read", fix)
        interfaces, types = whole["interfaces"].members(), whole["types"].members()
        for parts, known in ((interfaces, self._interfaces), (types, self._types)):
            for key, part in parts.items():
                known[_ref(key, part)] = len(part.items_of("type_params"))
        return Contract(
            whole["module"].text(),
            {
                (ref := _ref(key, part)): self._interface(ref, part)
                for key, part in interfaces.items()
            },
            {(ref := _ref(key, part)): self._definition(ref, part) for key, part in types.items()},
            {},
            wire_case=case.one_of(WireCase) if (case := whole.get("wire_case")) else WireCase.SAME,
        )

    # ---- interfaces

    def _interface(self, ref: Ref, part: Part) -> Interface:
        params = self._params(part)
        self._variables = {param.ref: param for param in params}
        bases = tuple(self._base(base) for base in part.items_of("bases"))
        members = tuple(
            self._member(name, member) for name, member in part["members"].members().items()
        )
        return Interface(ref, params, bases, members, part.optional_text("doc"), self._span)

    def _base(self, part: Part) -> Cap:
        base = self._type(part)
        return base if isinstance(base, Cap) else part.refuse("an interface extends interfaces")

    def _member(self, wire_name: str, part: Part) -> Method | Property:
        name = part.optional_text("attribute") or wire_name
        deprecated, doc = part.optional_text("deprecated"), part.optional_text("doc")
        match part["kind"].text():
            case "property":
                read = self._type(part["type"])
                return Property(name, wire_name, read, deprecated, doc, self._span)
            case "method":
                overloads = part.get("overloads")
                signatures = (
                    tuple(self._signature(each) for each in overloads.items())
                    if overloads
                    else (self._signature(part),)
                )
                if not signatures:
                    part["overloads"].refuse("there is none")
                idempotent = part.flag("idempotent")
                return Method(name, wire_name, signatures, idempotent, deprecated, doc, self._span)
            case kind:
                return part["kind"].refuse(f"{kind!r} is neither method nor property")

    def _signature(self, part: Part) -> Signature:
        outer = self._variables
        type_params = self._params(part)
        self._variables = outer | {param.ref: param for param in type_params}
        ordered = [
            self._param(each["name"].text(), each, is_option=False)
            for each in part.items_of("params")
        ]
        options = part.get("options")
        named = [
            self._param(name, each, is_option=True)
            for name, each in (options.members() if options else {}).items()
        ]
        if any(param.kind is ParamKind.REST for param in ordered[:-1]):
            part["params"].refuse("only the last may be the rest")
        returns = self._type(part["returns"])
        self._variables = outer
        return Signature((*ordered, *named), returns, type_params)

    def _param(self, wire_name: str, part: Part, *, is_option: bool) -> Param:
        kind = part["kind"].one_of(ParamKind)
        if (kind is ParamKind.OPTION) is not is_option:
            part["kind"].refuse(
                "what has the kind option stands among the options, and nothing else"
            )
        name = part.optional_text("attribute") or wire_name
        return Param(name, wire_name, kind, self._type(part["type"]), _default(part), self._span)

    # ---- definitions of types

    def _definition(self, ref: Ref, part: Part) -> TypeDef:
        kind = part["kind"].one_of(TypeKind)
        params = self._params(part)
        self._variables = {param.ref: param for param in params}
        values = part["values"].members() if kind in {TypeKind.ENUM, TypeKind.FLAGS} else {}
        target = part["type"] if kind in {TypeKind.NEW_TYPE, TypeKind.ALIAS} else None
        is_record = target is None and kind not in {TypeKind.ENUM, TypeKind.FLAGS}
        fields = part["fields"].items() if is_record else []
        return TypeDef(
            ref,
            kind,
            params,
            tuple(self._field(field) for field in fields),
            tuple(value.scalar() for value in values.values()),
            self._type(target) if target else None,
            part.optional_text("doc"),
            self._span,
            ancestors=frozenset(_ref_in(each) for each in part.items_of("ancestors")),
            names=tuple(values),
            closed=part.flag("closed"),
        )

    def _field(self, part: Part) -> Field:
        wire_name = part["name"].text()
        name = part.optional_text("attribute") or wire_name
        required = part.flag("required")
        read = self._type(part["type"])
        return Field(name, wire_name, read, required, self._span, _default(part))

    def _params(self, part: Part) -> tuple[Var, ...]:
        return tuple(map(_variable, part.items_of("type_params")))

    # ---- types

    def _type(self, part: Part) -> Type:
        if isinstance(part.value, str):
            return Scalar(part.text())
        for key, read in _TYPES.items():
            if part.get(key) is not None:
                return read(self, part, part[key])
        return part.refuse(
            "is no type that is known here",
            "upgrade capnweb-gen, if the file was written by a later version",
        )

    def _each(self, part: Part) -> tuple[Type, ...]:
        return tuple(self._type(item) for item in part.items())

    def _literal(self, _: Part, values: Part) -> Type:
        return Literal(tuple(_value(value) for value in values.items()))

    def _list(self, _: Part, item: Part) -> Type:
        return List(self._type(item))

    def _dict(self, _: Part, value: Part) -> Type:
        return Dict(self._type(value))

    def _tuple(self, whole: Part, items: Part) -> Type:
        endless = whole.flag("endless")
        found = self._each(items)
        if endless and len(found) != 1:
            items.refuse("one that is endless has one type")
        return Tuple(found, endless)

    def _constrained(self, whole: Part, item: Part) -> Type:
        conditions = [_condition(each) for each in whole["constraints"].items()]
        return Constrained(self._type(item), tuple(conditions))

    def _optional(self, _: Part, item: Part) -> Type:
        return Optional(self._type(item))

    def _union(self, whole: Part, arms: Part) -> Type:
        return Union(self._each(arms), whole.optional_text("discriminator"))

    def _named(self, whole: Part, name: Part) -> Type:
        return Named(*self._reference(whole, name, self._types))

    def _cap(self, whole: Part, name: Part) -> Type:
        return Cap(*self._reference(whole, name, self._interfaces))

    def _reference(
        self, whole: Part, name: Part, known: Mapping[Ref, int]
    ) -> tuple[Ref, tuple[Type, ...]]:
        ref = _ref_in(name)
        if ref not in known:
            name.refuse(f"{ref} is not defined in this file")
        args = tuple(self._type(arg) for arg in whole.items_of("args"))
        if len(args) != known[ref]:
            whole.refuse(f"{ref} has {known[ref]} type parameters, not {len(args)}")
        return ref, args

    def _function(self, _: Part, function: Part) -> Type:
        return Func(self._each(function["params"]), self._type(function["returns"]))

    def _stream(self, _: Part, item: Part) -> Type:
        return Stream(self._type(item))

    def _var(self, _: Part, name: Part) -> Type:
        variable = self._variables.get(_ref_in(name))
        return variable or name.refuse(f"{name.text()} is no type parameter here")


#: What reads a type, by the key that tells its kind.
_TYPES: Final[dict[str, Callable[[_Reader, Part, Part], Type]]] = {
    "literal": _Reader._literal,
    "constrained": _Reader._constrained,
    "list": _Reader._list,
    "dict": _Reader._dict,
    "tuple": _Reader._tuple,
    "optional": _Reader._optional,
    "union": _Reader._union,
    "type": _Reader._named,
    "interface": _Reader._cap,
    "function": _Reader._function,
    "stream": _Reader._stream,
    "var": _Reader._var,
}


def _value(part: Part) -> LiteralValue:
    if not isinstance(part.value, dict):
        value = part.scalar()
        return LiteralValue(value, repr(value))
    member = part["member"].text()
    return LiteralValue(part["value"].scalar(), member, _ref_in(part["enum"]))


def _variable(part: Part) -> Var:
    variance = part.get("variance")
    return Var(
        _ref_in(part["var"]),
        variance.one_of(Variance) if variance else Variance.INVARIANT,
        in_brackets=part.flag("in_brackets"),
        of_method=part.flag("of_method"),
    )


def _condition(part: Part) -> Constraint:
    found = list(part.members().items())
    if len(found) != 1:
        part.refuse("a condition is an object of one member")
    [(name, bound)] = found
    value = bound.scalar()
    return bound.refuse("null is no bound") if value is None else Constraint(name, value)


def _default(part: Part) -> Default | None:
    source = part.optional_text("default")
    return None if source is None else Default(source)


def _ref_in(part: Part) -> Ref:
    return _ref(part.text(), part)


def _ref(text: str, part: Part) -> Ref:
    module, _, name = text.partition(":")
    return Ref(module, name) if module and name else part.refuse(f"{text!r} is no module:Name")
