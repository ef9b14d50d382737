"""Which types arrive alike, so that a receiver cannot tell values of one from those of another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
    Field,
    Func,
    List,
    Literal,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    TypeDef,
    TypeKind,
    Union,
    Var,
)

__all__ = ["alike", "separate", "told_apart_by_fields"]

#: Scalars whose values are text: those of one form each, and those that any text may be.
_OF_ONE_FORM: Final = frozenset({"decimal", "uuid", "date", "time"})
_ANY_TEXT: Final = frozenset({"str", "path", "purepath", "pureposixpath"})
_NUMBERS: Final = frozenset({"int", "float", "bigint"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of value on the wire, as one type has it.

    Attributes:
        name: of the kind.
        scalar: of a scalar, which.
        value: of a single value: that of a Literal or an enum's member.
        enum: the enum that it is a member of.
        record: the model that it is an object of.
    """

    name: str
    scalar: str = ""
    value: str = ""
    enum: Ref | None = None
    record: Ref | None = None


_KINDS: Final = {
    **{name: _Kind("text", scalar=name) for name in _OF_ONE_FORM | _ANY_TEXT},
    **{name: _Kind("number", scalar=name) for name in _NUMBERS | {"timedelta"}},
}


def alike(one: Type, other: Type, contract: Contract) -> bool:
    """Whether some values of both arrive as the same, and would be taken for one of them only.

    Objects with different fields do not count: see `told_apart_by_fields`.
    """
    return any(
        _clash(a, b, contract)
        for a in _kinds(one, contract, frozenset())
        for b in _kinds(other, contract, frozenset())
    )


def separate(one: Type, other: Type, contract: Contract) -> bool:
    """Whether what arrives as one of them can never be the other."""
    return all(
        _apart(a, b, contract)
        for a in _kinds(one, contract, frozenset())
        for b in _kinds(other, contract, frozenset())
    )


def told_apart_by_fields(one: TypeDef, other: TypeDef) -> bool:
    """Whether no object is both: each needs a field that the other has not, or they have tags."""
    return bool(_tags(one, other)) or (_has_own(one, other) and _has_own(other, one))


def _has_own(one: TypeDef, other: TypeDef) -> bool:
    theirs = {field.wire_name for field in other.fields}
    return any(field.required and field.wire_name not in theirs for field in one.fields)


def _tags(one: TypeDef, other: TypeDef) -> list[str]:
    """Fields of both that are literals, and never the same."""
    theirs = {field.wire_name: _literals(field) for field in other.fields}
    return [
        field.wire_name
        for field in one.fields
        if (mine := _literals(field))
        and (other_values := theirs.get(field.wire_name))
        and not mine & other_values
    ]


def _literals(field: Field) -> frozenset[str]:
    if not isinstance(field.type, Literal):
        return frozenset()
    return frozenset(repr(value.json) for value in field.type.values)


def _apart(one: _Kind, other: _Kind, contract: Contract) -> bool:
    if one.name != other.name:
        return "any" not in {one.name, other.name}
    if one.value and other.value:
        return one.value != other.value
    if one.record and other.record:
        return told_apart_by_fields(contract.types[one.record], contract.types[other.record])
    return one.scalar != other.scalar and {one.scalar, other.scalar} <= _OF_ONE_FORM


def _clash(one: _Kind, other: _Kind, contract: Contract) -> bool:
    if one.name != other.name:
        return False
    match one.name:
        case "text":
            return _clash_of_texts(one, other)
        case "number":
            return _clash_of_numbers(one, other)
        case "object":
            return _clash_of_objects(one, other, contract)
        case "reference":
            return one != other
        case _:
            return False


def _clash_of_texts(one: _Kind, other: _Kind) -> bool:
    if one.value and other.value:  # the same text, of which only one is a member of an enum
        return one.value == other.value and one.enum != other.enum
    if one.value or other.value:  # a value, and text of a form
        value, text = (one, other) if one.value else (other, one)
        return value.enum is not None and text.scalar in _ANY_TEXT
    if one.scalar == other.scalar:
        return False
    return not {one.scalar, other.scalar} <= _OF_ONE_FORM


def _clash_of_numbers(one: _Kind, other: _Kind) -> bool:
    if one.value and other.value:
        return one.value == other.value and one.enum != other.enum
    if one.value or other.value:
        return (one if one.value else other).enum is not None
    return (one.scalar == "timedelta") != (other.scalar == "timedelta")


def _clash_of_objects(one: _Kind, other: _Kind, contract: Contract) -> bool:
    """Only objects that have the very same fields; a dict may have any."""
    if one.record is None or other.record is None or one.record == other.record:
        return False
    first, second = contract.types[one.record], contract.types[other.record]
    return _shown(first) == _shown(second)


def _shown(definition: TypeDef) -> dict[str, tuple[Type, bool]]:
    return {field.wire_name: (field.type, field.required) for field in definition.fields}


def _kinds(t: Type, contract: Contract, inside: frozenset[Ref]) -> Iterator[_Kind]:
    match t:
        case Scalar(name=name):
            yield _KINDS.get(name, _Kind(name))
        case Literal(values=values):
            for value in values:
                yield from _kinds_of_value(value.json, value.enum)
        case Constrained(item=item) | Optional(item=item):
            yield from _kinds(item, contract, inside)
        case List() | Tuple():
            yield _Kind("array")
        case Dict():
            yield _Kind("object")
        case Union(arms=arms):
            for arm in arms:
                yield from _kinds(arm, contract, inside)
        case Named(ref=ref):
            if ref not in inside:
                yield from _kinds_of(contract.types[ref], contract, inside | {ref})
        case Cap(ref=ref):
            yield _Kind("reference", scalar=str(ref))
        case Func():
            yield _Kind("reference", scalar="a function")
        case Stream():
            yield _Kind("stream")
        case Var():
            pass
        case _:
            assert_never(t)


def _kinds_of(definition: TypeDef, contract: Contract, inside: frozenset[Ref]) -> Iterator[_Kind]:
    if definition.target is not None:
        yield from _kinds(definition.target, contract, inside)
    elif definition.kind is TypeKind.ENUM:
        for value in definition.values:
            yield from _kinds_of_value(value, definition.ref)
    elif definition.kind is TypeKind.FLAGS:
        yield from _kinds(Scalar("int"), contract, inside)
    elif definition.kind is TypeKind.NAMED_TUPLE:
        yield _Kind("array")
    else:
        yield _Kind("object", record=definition.ref)


def _kinds_of_value(value: str | float | bool | None, enum: Ref | None) -> Iterator[_Kind]:
    if isinstance(value, bool) or value is None:
        yield _Kind("bool" if isinstance(value, bool) else "none", value=repr(value))
    else:
        yield _Kind("text" if isinstance(value, str) else "number", value=repr(value), enum=enum)
