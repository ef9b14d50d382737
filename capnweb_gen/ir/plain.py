"""Types in the form in which two are the same if they are the same on the wire.

An alias is what it stands for, an enum or Literal a choice of values, `T | None` a union, and all
unions are flat. `tuple[T, ...]` is an array, as `list[T]` is. What a type leads to keeps its form
until it is asked for, so that recursion does no harm.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from capnweb_gen.ir.contract import Contract, TypeKind
from capnweb_gen.ir.types import (
    Cap,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
    Union,
    Var,
    children,
    nothing,
    substitute,
)

__all__ = ["Plain", "filled"]

#: How deep a type argument is followed. Where a generic type leads to itself with ever larger
#: arguments (a `Repo[T]` that has a `Repo[list[T]]`) they count no more from here.
_DEPTH: Final = 8


def filled(params: tuple[Var, ...], args: tuple[Type, ...]) -> dict[Ref, Type]:
    """What type parameters stand for."""
    return {param.ref: arg for param, arg in zip(params, args, strict=False)}


class Plain:
    """The types of one contract in plain form."""

    def __init__(self, contract: Contract, kept: Collection[TypeKind] = ()) -> None:
        """`kept` are kinds that are not looked behind: NewTypes and enums, say."""
        self._contract = contract
        self._kept = kept

    def __call__(self, t: Type) -> Type:
        """The type in plain form; what it leads to is not."""
        t = self._behind(t)
        match t:
            case Optional() | Union() | Literal():
                return self._union(t)
            case Tuple(items=(item,), endless=True):
                return List(item)
            case Named() | Cap() if any(_depth(arg) > _DEPTH for arg in t.args):
                return replace(t, args=tuple(Scalar("any") for _ in t.args))
            case _:
                return t

    def _behind(self, t: Type) -> Type:
        """What an alias or NewType stands for, an enum as a choice of its values, flags as int."""
        seen: set[Type] = set()
        while isinstance(t, Named) and t not in seen:
            seen.add(t)
            definition = self._contract.types[t.ref]
            if definition.kind in self._kept:
                return t
            if definition.kind is TypeKind.ENUM:
                return Literal(tuple(LiteralValue(each, "") for each in definition.values))
            if definition.kind is TypeKind.FLAGS:
                return Scalar("int")
            if definition.target is None:
                return t
            t = substitute(definition.target, filled(definition.params, t.args))
        return t

    def _union(self, t: Type) -> Type:
        """All alternatives side by side, and all values among them as one."""
        arms: list[Type] = []
        values: dict[str, LiteralValue] = {}
        for arm in self._arms(t, set()):
            if isinstance(arm, Literal):
                for value in arm.values:
                    text = json.dumps(value.json)
                    values[text] = LiteralValue(value.json, text)
            else:
                arms.append(arm)
        if values.pop("null", None):
            arms.append(nothing())
        if values:
            arms.append(Literal(tuple(values[text] for text in sorted(values))))
        arms = list(dict.fromkeys(arms))
        return arms[0] if len(arms) == 1 else Union(tuple(arms))

    def _arms(self, t: Type, seen: set[Type]) -> Iterator[Type]:
        t = self._behind(t)
        match t:
            case Optional() | Union():
                if t not in seen:  # an alias may have itself among its alternatives
                    seen.add(t)
                    for arm in (t.item, nothing()) if isinstance(t, Optional) else t.arms:
                        yield from self._arms(arm, seen)
            case Literal():
                yield t
            case _:
                yield self(t)


def _depth(t: Type) -> int:
    return 1 + max((_depth(child) for child in children(t)), default=0)
