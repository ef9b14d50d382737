"""Whether a member may take the place of one that is inherited."""

from collections.abc import Callable
from typing import TypeAlias

from capnweb_gen.ir.contract import Member, Method, Param, ParamKind, Property, Signature
from capnweb_gen.ir.types import Type

__all__ = ["Relation", "objection"]

#: Whether a value of the first type can be used where the second is declared.
Relation: TypeAlias = Callable[[Type, Type], bool]

_BY_POSITION = {ParamKind.POSITIONAL, ParamKind.NORMAL}


def objection(member: Member, inherited: Member, given: Relation, result: Relation) -> str | None:
    """What keeps a member from taking the place of an inherited one; None if nothing does.

    Args:
        member: the new one.
        inherited: the one that callers know.
        given: compares what callers give, the old type with the new one.
        result: compares what they get, the new type with the old one.
    """
    if member.wire_name != inherited.wire_name:
        return f"is {member.wire_name} on the wire, which was {inherited.wire_name}"
    if isinstance(member, Property) or isinstance(inherited, Property):
        if not (isinstance(member, Property) and isinstance(inherited, Property)):
            kind = "property" if isinstance(member, Property) else "method"
            other = "method" if isinstance(member, Property) else "property"
            return f"is a {kind}, which was a {other}"
        return None if result(member.type, inherited.type) else "is of a type that does not fit"
    return _objection_to_method(member, inherited, given, result)


def _objection_to_method(
    member: Method, inherited: Method, given: Relation, result: Relation
) -> str | None:
    """Every signature that callers know needs one that takes its calls."""
    for known in inherited.signatures:
        found = [_objection_to(signature, known, given, result) for signature in member.signatures]
        if None not in found:
            return found[0]
    return None


def _objection_to(
    new: Signature, known: Signature, given: Relation, result: Relation
) -> str | None:
    if not result(new.returns, known.returns):
        return "returns a type that does not fit"
    return _options(new, known, given) or _positional(new, known, given)


def _positional(new: Signature, known: Signature, given: Relation) -> str | None:
    here = [param for param in new.params if param.kind in _BY_POSITION]
    rest = next((param for param in new.params if param.kind is ParamKind.REST), None)
    for index, param in enumerate(each for each in known.params if each.kind in _BY_POSITION):
        if index < len(here):
            found = _objection_to_param(here[index], param, given)
            if found:
                return found
        elif rest is None or param.kind is ParamKind.NORMAL or not given(param.type, rest.type):
            return f"lacks the parameter {param.name}"
    known_count = sum(each.kind in _BY_POSITION for each in known.params)
    for param in here[known_count:]:
        if param.default is None:
            return f"asks for one more parameter, {param.name}"
    for param in known.params:
        if param.kind is ParamKind.REST:
            takers = [*here[known_count:], *([rest] if rest else [])]
            if rest is None or not all(given(param.type, taker.type) for taker in takers):
                return f"does not take what *{param.name} took"
    return None


def _objection_to_param(new: Param, known: Param, given: Relation) -> str | None:
    by_name = known.kind is ParamKind.NORMAL
    if by_name and new.name != known.name:
        return f"calls a parameter {new.name}, which was {known.name}"
    if by_name and new.kind is not ParamKind.NORMAL:
        return f"does not take {known.name} by keyword any more"
    if known.default and not new.default:
        return f"has no default for {new.name} any more"
    return None if given(known.type, new.type) else f"does not take all that {known.name} could be"


def _options(new: Signature, known: Signature, given: Relation) -> str | None:
    """Keyword-only parameters travel by name, so that their order is free."""
    here = {param.name: param for param in new.params if param.kind is ParamKind.OPTION}
    for param in known.params:
        if param.kind is ParamKind.OPTION:
            option = here.pop(param.name, None)
            if option is None or option.wire_name != param.wire_name:
                return f"lacks the keyword-only parameter {param.name}"
            found = _objection_to_param(option, param, given)
            if found:
                return found
    for option in here.values():
        if option.default is None:
            return f"asks for one more parameter, {option.name}"
    return None
