"""Which types may stand in for which: as the user wrote them, and as they are generated.

Two questions with two answers. Whether the user's own override is wrong is answered in the user's
favour where the intermediate model does not say enough (a `list` may have been a `Sequence`).
Whether a generated class may override so is answered with no unless both type checkers are sure to
accept it.
"""

from collections.abc import Callable, Iterator
from typing import Final

from capnweb_gen.ir.contract import Contract, TypeKind
from capnweb_gen.ir.types import (
    Cap,
    Dict,
    Func,
    List,
    Literal,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    bare,
    nothing,
)

__all__ = ["GeneratedTypes", "differs"]

#: Scalars that are accepted where others are declared.
_PROMOTED: Final = frozenset({("bool", "int"), ("bool", "float"), ("int", "float")})

_ANY: Final = Scalar("any")


def differs(a: Type, b: Type, contract: Contract) -> bool:
    """Whether an `a` is certainly no `b`, in the types that the user wrote."""
    a, b = bare(a), bare(b)
    if a == b or _ANY in {a, b}:
        return False
    if isinstance(a, Optional | Union):
        return any(differs(arm, b, contract) for arm in _arms(a))
    if isinstance(b, Optional | Union):
        return all(differs(a, arm, contract) for arm in _arms(b))
    match a, b:
        case List(), List():
            return differs(a.item, b.item, contract)
        case Stream(), Stream():
            return differs(a.item, b.item, contract)
        case Dict(), Dict():
            return differs(a.value, b.value, contract)
        case Scalar(), Scalar():
            return (a.name, b.name) not in _PROMOTED
        case Named(), Named() if _is_class(a, contract) and _is_class(b, contract):
            return a.ref != b.ref and b.ref not in contract.types[a.ref].ancestors
        case _:
            kinds = {_kind(a, contract), _kind(b, contract)}
            return len(kinds) == 2 and None not in kinds


def _kind(t: Type, contract: Contract) -> str | None:
    """What a type is, where two of different kinds have nothing in common; None for others."""
    match t:
        case Scalar(name="none"):
            return "none"
        case Scalar():
            return "scalar"
        case Dict() | Func() | Stream():
            return type(t).__name__
        case List() | Tuple():
            return "sequence"
        case Named() if _is_class(t, contract):
            return "record"
        case _:
            return None


def _is_class(t: Named, contract: Contract) -> bool:
    return contract.types[t.ref].kind in {TypeKind.MODEL, TypeKind.DATACLASS}


def _arms(t: Type) -> Iterator[Type]:
    match t:
        case Optional(item=item):
            yield item
            yield nothing()
        case Union(arms=arms):
            yield from arms
        case _:
            yield t


class GeneratedTypes:
    """Compares the faces that types have in generated code. Says no where it is not sure."""

    def __init__(self, contract: Contract, extends: Callable[[Cap, Cap], bool]) -> None:
        """`extends` says whether the classes of one interface inherit from those of another."""
        self._contract = contract
        self._extends = extends

    def received(self, a: Type, b: Type) -> bool:
        """Whether what is received as an `a` is what is received as a `b`."""
        a, b = bare(a), bare(b)
        if a == b or _ANY in {a, b}:
            return True
        if isinstance(a, Optional | Union):
            return all(self.received(arm, b) for arm in _arms(a))
        if isinstance(b, Optional | Union):
            return any(self.received(a, arm) for arm in _arms(b))
        match a, b:
            case Scalar(), Scalar():
                return (a.name, b.name) in _PROMOTED
            case Literal(), Literal():
                return {value.repr for value in a.values} <= {value.repr for value in b.values}
            case Literal(), Scalar():
                return all(
                    value.enum is None and type(value.json).__name__ == b.name for value in a.values
                )
            case Tuple(endless=False), Tuple(endless=False) if len(a.items) == len(b.items):
                return all(map(self.received, a.items, b.items))
            case Stream(), Stream():
                return self.received(a.item, b.item)
            case Cap(), Cap():
                return self._extends(a, b)
            case Named(), Named():
                carries = self._contract.carries(a) or self._contract.carries(b)
                derived = b.ref in self._contract.types[a.ref].ancestors
                return derived and not carries and not a.args and not b.args
            case _:
                return False

    def promised(self, a: Type, b: Type) -> bool:
        """Whether the promise of an `a` is a promise of a `b`, with all that it has."""
        a, b = bare(a), bare(b)
        if a == b:
            return True
        match a, b:
            case Optional(item=List()), _:
                return False
            case Optional(), Optional() if not isinstance(b.item, List):
                return self.received(a.item, b.item) and self.promised(a.item, b.item)
            case Stream(), Stream():
                return self.received(a.item, b.item)
            case Cap(), Cap():
                return self._extends(a, b)
            case _:
                # Every promise but that of a type variable is a Promise of what is received.
                return self._is_plain(b) and not isinstance(a, Var) and self.received(a, b)

    def _is_plain(self, t: Type) -> bool:
        """Whether its promise is a mere Promise."""
        match t:
            case Scalar() | Literal() | Union():
                return True
            case Named():
                return not self._contract.types[t.ref].is_record
            case _:
                return False

    def accepted(self, a: Type, b: Type) -> bool:
        """Whether all that is accepted as an `a` is accepted as a `b`."""
        a, b = bare(a), bare(b)
        if b in {a, _ANY}:
            return True
        if isinstance(a, Optional | Union):
            fitting = isinstance(b, Optional | Union) and self.received(a, b)
            return fitting and all(self.accepted(arm, b) for arm in _arms(a))
        if isinstance(b, Optional | Union):
            return any(self.accepted(a, arm) for arm in _arms(b))
        match a, b:
            case Cap(), Cap():
                return self._extends(a, b)
            case Stream(), Stream():
                return self.accepted(a.item, b.item) and self.received(a.item, b.item)
            case ((Scalar() | Literal() | Named()), (Scalar() | Literal() | Named())):
                return self.received(a, b)
            case _:
                return False
