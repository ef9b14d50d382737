"""Conditions on values: each has to mean something for every value of its type."""

from typing import Final

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Constrained,
    Constraint,
    Contract,
    Dict,
    List,
    Named,
    Optional,
    Scalar,
    Tuple,
    Type,
    Union,
    Var,
    nothing,
)

__all__ = ["check_constraints"]

_NUMBERS: Final = frozenset({"int", "float", "bigint", "decimal"})
_TEXT: Final = frozenset({"str"})

#: The scalars that a condition can be put to. Those of length may be put to containers as well.
_FITTING: Final = {
    "multiple_of": _NUMBERS,
    "allow_inf_nan": frozenset({"float", "decimal"}),
    **dict.fromkeys(("max_digits", "decimal_places"), frozenset({"decimal"})),
    **dict.fromkeys(("min_length", "max_length"), frozenset({"str", "bytes"})),
    **dict.fromkeys(("pattern", "strip_whitespace", "to_lower", "to_upper", "ascii_only"), _TEXT),
}

#: By the form of their bound, which is that on the wire.
_BOUNDED_BY_NUMBER: Final = _NUMBERS | {"timedelta"}
_BOUNDED_BY_TEXT: Final = frozenset({"decimal", "date", "datetime", "time", "str"})

_OF_LENGTH: Final = frozenset({"min_length", "max_length"})


def check_constraints(t: Constrained, contract: Contract, span: Span, report: Report) -> None:
    """Report conditions that cannot be put to some of the values: they would fail when called."""
    for constraint in t.constraints:
        if constraint.is_spelled and not _fits(constraint, t.item, contract):
            message = f"{constraint.name}={constraint.value!r} means nothing for this type"
            fix = "put it where it belongs: list[Annotated[int, Field(gt=0)]], or leave it out"
            report.add("CW215", span, message, fix)


def _fits(constraint: Constraint, t: Type, contract: Contract) -> bool:
    match t:
        case Scalar(name=scalar):
            return scalar == "any" or scalar in _scalars(constraint)
        case List() | Dict() | Tuple():
            return constraint.name in _OF_LENGTH
        case Optional(item=item) | Constrained(item=item):
            return _fits(constraint, item, contract)
        case Union(arms=arms):
            return all(_fits(constraint, arm, contract) for arm in arms if arm != nothing())
        case Named(ref=ref):
            target = contract.types[ref].target
            return target is not None and _fits(constraint, target, contract)
        case Var():
            return True
        case _:
            return False


def _scalars(constraint: Constraint) -> frozenset[str]:
    if constraint.name in {"gt", "ge", "lt", "le"}:
        return _BOUNDED_BY_TEXT if isinstance(constraint.value, str) else _BOUNDED_BY_NUMBER
    return _FITTING[constraint.name]
