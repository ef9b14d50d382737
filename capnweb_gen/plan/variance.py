"""The variance of a target's type parameters, which type checkers want to be told exactly.

It is not always that of the user's Protocol: where that returns a `Sequence[T]`, covariant in T, a
target may return a promise of a `list[T]`, which is not.
"""

from collections.abc import Iterator
from typing import assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
    Func,
    Interface,
    List,
    Literal,
    Method,
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
    variables,
)

__all__ = ["variance_in_target"]


def variance_in_target(interface: Interface, param: Var, contract: Contract) -> Variance:
    """The variance of one of the type parameters of an interface's target."""
    return _Variances(contract).of(interface, param)


class _Variances:
    """Works out variances; an interface may refer to itself, under which it uses nothing new."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._open: set[tuple[Ref, Var]] = set()

    def of(self, interface: Interface, param: Var) -> Variance:
        """That of a type parameter."""
        found = set(self._uses_in(interface, param))
        if found == {Variance.CONTRAVARIANT}:
            return Variance.CONTRAVARIANT
        # Both checkers take a parameter that is not used for covariant.
        return Variance.INVARIANT if found - {Variance.COVARIANT} else Variance.COVARIANT

    def _uses_in(self, interface: Interface, param: Var) -> Iterator[Variance]:
        for member in interface.members:
            if isinstance(member, Method):
                for signature in member.signatures:
                    yield from self._uses(signature.returns, param, accepted=True)
                for each in member.params:
                    yield from map(_flipped, self._uses(each.type, param, accepted=False))
            else:
                yield from self._uses(member.type, param, accepted=True)

    def _uses(self, t: Type, param: Var, *, accepted: bool) -> Iterator[Variance]:
        """In which ways the accepted or received face of a type uses a type parameter."""
        match t:
            case Var():
                if t == param:
                    yield Variance.COVARIANT
            case Scalar() | Literal():
                pass
            case Optional(item=item) | Stream(item=item) | Constrained(item=item):
                yield from self._uses(item, param, accepted=accepted)
            case Tuple(items=parts) | Union(arms=parts):
                for part in parts:
                    yield from self._uses(part, param, accepted=accepted)
            case List() | Dict() | Named():
                if param in variables(t):
                    yield Variance.INVARIANT
            case Cap():
                yield from self._uses_in_arguments(t, param, accepted=accepted)
            case Func(params=params, returns=returns):
                for part in params:
                    yield from map(_flipped, self._uses(part, param, accepted=not accepted))
                if accepted:
                    yield from self._uses(returns, param, accepted=True)
                elif param in variables(returns):  # Callback is invariant in its promise
                    yield Variance.INVARIANT
            case _:
                assert_never(t)

    def _uses_in_arguments(self, cap: Cap, param: Var, *, accepted: bool) -> Iterator[Variance]:
        """A stub is as its interface was declared, and covariant in promises; a target as found."""
        interface = self._contract.interfaces[cap.ref]
        for arg, inner in zip(cap.args, interface.params, strict=True):
            uses = list(self._uses(arg, param, accepted=False))
            yield from uses  # of the promise
            yield from (_composed(inner.variance, use) for use in uses)
            key = (cap.ref, inner)
            if uses and accepted and key not in self._open:
                self._open.add(key)
                variance = self.of(interface, inner)
                self._open.remove(key)
                yield from (_composed(variance, use) for use in uses)


def _composed(outer: Variance, inner: Variance) -> Variance:
    match outer:
        case Variance.COVARIANT:
            return inner
        case Variance.CONTRAVARIANT:
            return _flipped(inner)
        case Variance.INVARIANT:
            return Variance.INVARIANT


def _flipped(variance: Variance) -> Variance:
    match variance:
        case Variance.COVARIANT:
            return Variance.CONTRAVARIANT
        case Variance.CONTRAVARIANT:
            return Variance.COVARIANT
        case Variance.INVARIANT:
            return Variance.INVARIANT
