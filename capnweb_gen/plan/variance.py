"""The variance of a target's type parameters, which type checkers want to be told exactly.

It is not always that of the user's Protocol: where that returns a `Sequence[T]`, covariant in T, a
target may return a promise of a `list[T]`, which is not.
"""

from collections.abc import Iterator
from typing import assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Dict,
    Func,
    Interface,
    List,
    Literal,
    Method,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    Variance,
    variables,
)

__all__ = ["variance_in_target"]


def variance_in_target(interface: Interface, param: Var) -> Variance:
    """The variance of one of the type parameters of an interface's target."""
    found: set[Variance] = set()
    for member in interface.members:
        if isinstance(member, Method):
            for signature in member.signatures:
                found |= set(_uses(signature.returns, param, accepted=True))
            for each in member.params:
                found |= {_flipped(use) for use in _uses(each.type, param, accepted=False)}
        else:
            found |= set(_uses(member.type, param, accepted=True))
    if found == {Variance.CONTRAVARIANT}:
        return Variance.CONTRAVARIANT
    # Both checkers take a parameter that is not used for covariant.
    return Variance.INVARIANT if found - {Variance.COVARIANT} else Variance.COVARIANT


def _uses(t: Type, param: Var, *, accepted: bool) -> Iterator[Variance]:
    """In which ways the accepted or received face of a type uses a type parameter."""
    match t:
        case Var():
            if t == param:
                yield Variance.COVARIANT
        case Scalar() | Literal():
            pass
        case Optional(item=item) | Stream(item=item) | Constrained(item=item):
            yield from _uses(item, param, accepted=accepted)
        case Tuple(items=parts) | Union(arms=parts):
            for part in parts:
                yield from _uses(part, param, accepted=accepted)
        case List() | Dict() | Named() | Cap():
            if param in variables(t):
                yield Variance.INVARIANT
        case Func(params=params, returns=returns):
            for part in params:
                for use in _uses(part, param, accepted=not accepted):
                    yield _flipped(use)
            if accepted:
                yield from _uses(returns, param, accepted=True)
            elif param in variables(returns):  # Callback is invariant in its promise
                yield Variance.INVARIANT
        case _:
            assert_never(t)


def _flipped(variance: Variance) -> Variance:
    match variance:
        case Variance.COVARIANT:
            return Variance.CONTRAVARIANT
        case Variance.CONTRAVARIANT:
            return Variance.COVARIANT
        case Variance.INVARIANT:
            return Variance.INVARIANT
