"""Unions and overloads: what arrives has to say which of them it is."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

from capnweb_gen.checks.likeness import alike, separate, told_apart_by_fields
from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
    Func,
    List,
    Literal,
    Method,
    Named,
    ParamKind,
    Ref,
    Scalar,
    Signature,
    Stream,
    Type,
    TypeKind,
    Union,
    children,
)

__all__ = ["check_overloads", "check_union"]

_POSITIONAL: Final = frozenset({ParamKind.POSITIONAL, ParamKind.NORMAL})

#: Scalars whose name in Python is another than in the contract.
_SHOWN: Final = {
    "decimal": "Decimal",
    "uuid": "UUID",
    "path": "Path",
    "purepath": "PurePath",
    "pureposixpath": "PurePosixPath",
    "bigint": "BigInt",
    "fardate": "FarDate",
    "blob": "Blob",
}


def check_union(union: Union, contract: Contract, span: Span, report: Report) -> None:
    """Report arms that cannot be told apart on receipt."""
    if any(isinstance(arm, Stream) for arm in union.arms):
        # A stream is passed on as it is made; what is made of it looks like other values.
        message = "a stream cannot be one of several things"
        fix = "leave out all but None, or give the stream a parameter or field of its own"
        report.add("CW104", span, message, fix)
    capabilities = [arm for arm in union.arms if isinstance(arm, Cap | Func)]
    if len(capabilities) > 1:
        names = " and ".join(map(_name, capabilities))
        message = f"{names} arrive alike: a reference does not say what it refers to"
        fix = "give each a parameter, method or field of its own, or one interface for both"
        report.add("CW205", span, message, fix)
    if union.discriminator is None:
        _check_nesting(union, contract, span, report)
    for one, other in combinations(union.arms, 2):
        if isinstance(one, Cap | Func) and isinstance(other, Cap | Func):
            continue
        if alike(one, other, contract):
            message = f"{_name(one)} and {_name(other)} arrive alike, and would be taken for one"
            fix = "give each a parameter, method or field of its own, or leave one out"
            report.add("CW205", span, message, fix)
        elif union.discriminator is None:
            _check_fields(one, other, contract, span, report)


def _check_fields(one: Type, other: Type, contract: Contract, span: Span, report: Report) -> None:
    """Objects without a tag, of which one may look like the other."""
    if not isinstance(one, Named) or not isinstance(other, Named):
        return
    first, second = contract.types[one.ref], contract.types[other.ref]
    arrays = {TypeKind.NAMED_TUPLE}
    if not first.is_record or not second.is_record or {first.kind, second.kind} & arrays:
        return
    if not told_apart_by_fields(first, second):
        message = f"an object may look like a {_name(one)} and like a {_name(other)}"
        fix = 'add a tag to each, such as kind: Literal["..."], and Field(discriminator="kind")'
        report.add("CW216", span, message, fix)


def _check_nesting(union: Union, contract: Contract, span: Span, report: Report) -> None:
    """Objects without a tag that hold such objects again, under one name.

    To find out which of them an object is, pydantic reads it as each, with all that is inside.
    """
    arms = [contract.types[arm.ref] for arm in union.arms if isinstance(arm, Named)]
    for one, other in combinations([arm for arm in arms if arm.is_record], 2):
        both = {one.ref, other.ref}
        fields = {field.wire_name: field.type for field in one.fields}
        if any(
            both <= _inside(fields[field.wire_name], contract, set())
            and both <= _inside(field.type, contract, set())
            for field in other.fields
            if field.wire_name in fields
        ):
            names = f"{one.ref.qualname} and {other.ref.qualname}"
            message = f"{names} hold each other: each level doubles the work of telling them apart"
            fix = 'add a tag to each, such as kind: Literal["..."], and Field(discriminator="kind")'
            report.add("CW217", span, message, fix)
            return


def _inside(t: Type, contract: Contract, found: set[Ref]) -> set[Ref]:
    """The classes whose objects a value may have in it, but for those of unions with a tag."""
    if isinstance(t, Named) and t.ref not in found:
        found.add(t.ref)
        definition = contract.types[t.ref]
        for held in (*(field.type for field in definition.fields), definition.target):
            if held is not None:
                _inside(held, contract, found)
    if not isinstance(t, Union) or t.discriminator is None:
        for part in children(t):
            _inside(part, contract, found)
    return found


def check_overloads(label: str, method: Method, contract: Contract, report: Report) -> None:
    """Report signatures of which calls would be taken for those of another."""
    for one, other in combinations(method.signatures, 2):
        if _confused(one, other, contract):
            message = f"two signatures of {label} cannot be told apart by what arrives"
            fix = "give them types that arrive differently, or names of their own"
            report.add("CW110", method.span, message, fix)
            return


def _confused(one: Signature, other: Signature, contract: Contract) -> bool:
    """Whether a call may be meant for one, by types that Python has, and fits both."""
    mine, theirs = _Arguments.of(one), _Arguments.of(other)
    if mine.least > theirs.most or theirs.least > mine.most:
        return False
    pairs = list(zip(mine.types, theirs.types, strict=False))
    return any(alike(a, b, contract) for a, b in pairs) and not any(
        separate(a, b, contract) for a, b in pairs
    )


@dataclass(frozen=True, slots=True)
class _Arguments:
    """The positional parameters of a signature.

    Attributes:
        types: in order.
        least: how many arguments there have to be.
        most: how many there may be.
    """

    types: tuple[Type, ...]
    least: int
    most: float

    @classmethod
    def of(cls, signature: Signature) -> "_Arguments":
        params = signature.params
        options = [param for param in params if param.kind is ParamKind.OPTION]
        endless = any(param.kind is ParamKind.REST for param in params)
        named = [param for param in params if param.kind in _POSITIONAL]
        least = sum(param.default is None for param in named)
        most = float("inf") if endless else len(named) + bool(options)
        return cls(tuple(param.type for param in named), least, most)


def _name(t: Type) -> str:
    match t:
        case Cap(ref=ref) | Named(ref=ref):
            return ref.qualname
        case Scalar(name=name):
            return _SHOWN.get(name, name)
        case Func():
            return "a function"
        case Constrained(item=item):
            return _name(item)
        case Literal(values=values):
            return f"Literal[{', '.join(value.repr for value in values)}]"
        case List():
            return "a list"
        case Dict():
            return "a dict"
        case _:
            return "one of several things"
