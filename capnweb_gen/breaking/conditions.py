"""Conditions on values: whether those that one side keeps to are enough for the other."""

from collections.abc import Iterable
from typing import Final

from capnweb_gen.ir import Constraint

__all__ = ["unmet"]

#: Conditions that change a value instead of refusing it.
_CHANGES: Final = frozenset({"strip_whitespace", "to_lower", "to_upper"})

_LOWER: Final = frozenset({"gt", "ge"})
_UPPER: Final = frozenset({"lt", "le"})

#: Names that say the same, and whether more of it is less.
_AT_LEAST: Final = frozenset({"min_length"})
_AT_MOST: Final = frozenset({"max_length", "max_digits", "decimal_places"})


def unmet(kept: Iterable[Constraint], demanded: Iterable[Constraint]) -> list[Constraint]:
    """The conditions of `demanded` that values which meet all of `kept` need not meet."""
    kept = list(kept)
    return [
        each
        for each in demanded
        if each.name not in _CHANGES and not any(_implies(one, each) for one in kept)
    ]


def _implies(one: Constraint, other: Constraint) -> bool:
    if one == other:
        return True
    has, needs = one.value, other.value
    if isinstance(has, str | bool) or isinstance(needs, str | bool):
        return False
    same = one.name == other.name
    if one.name in _LOWER and other.name in _LOWER:
        return has > needs or (has == needs and (same or one.name == "gt"))
    if one.name in _UPPER and other.name in _UPPER:
        return has < needs or (has == needs and (same or one.name == "lt"))
    if not same:
        return False
    if one.name == "multiple_of":
        return needs != 0 and has % needs == 0
    return (one.name in _AT_LEAST and has >= needs) or (one.name in _AT_MOST and has <= needs)
