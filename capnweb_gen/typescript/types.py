"""How types are written, by where they stand. Total over the types of the intermediate model.

    RESULT   what a method returns: a model has all its fields, since whoever makes one in Python
             sends them all
    INPUT    what a method takes: fields with a default may be left out

A parameter that is an object or function is an `RpcStub`: that is what arrives, and what can be
kept with dup(). The type checker lets a caller pass a local one, or a promise, all the same. Where
the interface leads back to the one that declares the parameter it stands as it is: an RpcStub that
contains itself is more than the compiler can unfold (TS2589). Inside of a model, a list or an
options object functions stand as they are too, or lambdas would lose the types of their parameters.
"""

from collections.abc import Iterable
from enum import Enum
from functools import cached_property
from typing import Final, assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
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
    TypeKind,
    Union,
    Var,
    bare,
    walk,
)
from capnweb_gen.typescript.names import TEXTS, Names
from capnweb_gen.typescript.text import literals, type_name

__all__ = ["Position", "Types"]


class Position(Enum):
    """Where a type stands."""

    RESULT = "result"
    INPUT = "input"


_SCALARS: Final = {
    "any": "unknown",
    "none": "null",
    "bool": "boolean",
    "int": "number",
    "float": "number",
    "str": "string",
    "bigint": "bigint",
}

_CLASSES: Final = {
    "bytes": "Uint8Array",
    "datetime": "Date",
    "fardate": "Date",
    "blob": "Blob",
}


class Types:
    """Writes the types of one contract."""

    def __init__(self, contract: Contract, names: Names) -> None:
        self._contract = contract
        self._names = names
        #: The definitions whose inputs were named, and therefore have to be declared.
        self.inputs: dict[Ref, None] = {}

    # ---- positions

    def returned(self, t: Type, owner: Ref | None) -> str:
        """What a method gives: a promise, which is void where there is nothing to give."""
        return f"{self._names.builtin('Promise')}<{self._given(t, owner)}>"

    def _given(self, t: Type, owner: Ref | None) -> str:
        return "void" if _is_none(t) else self.spell(t, Position.RESULT, owner)

    def parameter(self, t: Type, owner: Ref | None) -> str:
        """What a method takes as one argument."""
        match t:
            case Func():
                return f"{self._names.imported('RpcStub')}<{self._function(t, owner)}>"
            case Optional(item=Func()):
                return f"{self.parameter(t.item, owner)} | null"
            case Constrained():
                return self.parameter(t.item, owner)
            case _:
                return self.spell(t, Position.INPUT, owner)

    def rest(self, t: Type, owner: Ref | None) -> str:
        """What a method takes as all remaining arguments."""
        match bare(t):
            case Func():
                return f"{self.parameter(t, owner)}[]"
            case Optional(item=Func()):
                return f"({self.parameter(t, owner)})[]"
            case _:
                return self._array(t, Position.INPUT, owner)

    # ---- types

    def spell(self, t: Type, position: Position, owner: Ref | None = None) -> str:
        """A type.

        Args:
            t: the type.
            position: where it stands.
            owner: the interface that it stands in the declaration of; None in that of a model.
        """
        arms = self._arms(t, position, owner)
        return arms[0][0] if len(arms) == 1 else " | ".join(map(_grouped, arms))

    def _arms(self, t: Type, position: Position, owner: Ref | None) -> list[tuple[str, bool]]:
        """The arms of a union, or the one type; and whether it has to be grouped inside another."""
        match t:
            case Constrained():
                return self._arms(t.item, position, owner)
            case Optional():
                arms = [*self._arms(t.item, position, owner), ("null", False)]
            case Union():
                arms = [arm for each in t.arms for arm in self._arms(each, position, owner)]
            case Literal():
                arms = [(text, False) for text in literals(t.values)]
            case Func():
                arms = [(self._function(t, owner), True)]
            case _:
                arms = [(self._single(t, position, owner), False)]
        return list(dict.fromkeys(arms))

    def _single(
        self,
        t: Scalar | List | Dict | Tuple | Named | Cap | Stream | Var,
        position: Position,
        owner: Ref | None,
    ) -> str:
        """A type that is no union."""
        match t:
            case Scalar():
                return self._scalar(t.name)
            case List():
                return self._array(t.item, position, owner)
            case Dict():
                return f"{{ [key: string]: {self.spell(t.value, position, owner)} }}"
            case Tuple(endless=True):
                return self._array(t.items[0], position, owner)
            case Tuple():
                return f"[{', '.join(self.spell(item, position, owner) for item in t.items)}]"
            case Named():
                return self.reference(t.ref, position) + self._args(t.args, position, owner)
            case Cap():
                return self._interface(t, position, owner)
            case Stream():
                # What comes out of a stream is as it arrives, whichever way it goes.
                item = self.spell(t.item, Position.RESULT, owner)
                if isinstance(t.item, Cap):
                    item = self._stub(t.item, owner)
                return f"{self._names.builtin('ReadableStream')}<{item}>"
            case Var():
                return type_name(t.name)
            case _:
                assert_never(t)

    def _scalar(self, name: str) -> str:
        if name in TEXTS:
            return self._names.text(name)
        return _SCALARS[name] if name in _SCALARS else self._names.builtin(_CLASSES[name])

    def _array(self, item: Type, position: Position, owner: Ref | None) -> str:
        arms = self._arms(item, position, owner)
        text = self.spell(item, position, owner)
        return f"({text})[]" if len(arms) > 1 or arms[0][1] else f"{text}[]"

    def _args(self, args: Iterable[Type], position: Position, owner: Ref | None) -> str:
        texts = [self.spell(arg, position, owner) for arg in args]
        return f"<{', '.join(texts)}>" if texts else ""

    def _function(self, t: Func, owner: Ref | None) -> str:
        """A function may be synchronous, and its result ignored where none is declared."""
        params = [
            f"arg{index}: {self._passed(param, owner)}" for index, param in enumerate(t.params)
        ]
        returns = "void"
        if not _is_none(t.returns):
            given = self.spell(t.returns, Position.RESULT, owner)
            returns = f"{given} | {self._names.builtin('Promise')}<{given}>"
        return f"({', '.join(params)}) => {returns}"

    def _passed(self, t: Type, owner: Ref | None) -> str:
        """What a function is called with: made by the other side, so that nothing is left out."""
        if isinstance(bare(t), Func):
            return self.parameter(t, owner)
        if isinstance(t, Cap):
            return self._stub(t, owner)
        return self.spell(t, Position.RESULT, owner)

    # ---- references

    def _interface(self, t: Cap, position: Position, owner: Ref | None) -> str:
        if position is Position.INPUT and owner is not None:
            return self._stub(t, owner)
        return self._names.of(t.ref) + self._args(t.args, Position.RESULT, owner)

    def _stub(self, t: Cap, owner: Ref | None) -> str:
        """An interface as it arrives."""
        text = self._names.of(t.ref) + self._args(t.args, Position.RESULT, owner)
        if owner is None or owner in self._leads_to[t.ref]:
            return text
        return f"{self._names.imported('RpcStub')}<{text}>"

    def reference(self, ref: Ref, position: Position) -> str:
        """A named type, without type arguments."""
        if position is Position.INPUT and ref in self._with_input:
            self.inputs[ref] = None
            return self._names.input_of(ref)
        return self._names.of(ref)

    @cached_property
    def _with_input(self) -> frozenset[Ref]:
        """The types that may be passed with less than all fields."""
        return frozenset(
            ref
            for ref in self._contract.types
            if any(
                isinstance(part, Named) and self._has_defaults(part.ref)
                for part in self._contract.reach(Named(ref))
            )
        )

    def _has_defaults(self, ref: Ref) -> bool:
        definition = self._contract.types[ref]
        return definition.kind is not TypeKind.TYPED_DICT and any(
            self.may_be_left_out(ref, field.name, required=field.required)
            for field in definition.fields
        )

    def may_be_left_out(self, ref: Ref, name: str, *, required: bool) -> bool:
        """Whether a field need not be passed: what tells models apart always has to be."""
        return not required and (ref, name) not in self._discriminators

    @cached_property
    def _discriminators(self) -> frozenset[tuple[Ref, str]]:
        return frozenset(
            (arm.ref, part.discriminator)
            for t in self._all_types()
            for part in walk(t)
            if isinstance(part, Union) and part.discriminator
            for arm in map(bare, part.arms)
            if isinstance(arm, Named)
        )

    def _all_types(self) -> list[Type]:
        types: list[Type] = []
        for interface in self._contract.interfaces.values():
            for member in interface.members:
                types += member.types
        for definition in self._contract.types.values():
            types += self._contract.parts(definition)
        return types

    @cached_property
    def _leads_to(self) -> dict[Ref, frozenset[Ref]]:
        """The interfaces that the members of each lead to, itself included."""
        direct = {ref: self._mentioned(ref) for ref in self._contract.interfaces}
        return {ref: frozenset(_closure(ref, direct)) for ref in direct}

    def _mentioned(self, ref: Ref) -> set[Ref]:
        interface = self._contract.interfaces[ref]
        types = [t for member in interface.members for t in member.types]
        return {
            part.ref
            for t in [*types, *interface.bases]
            for part in self._contract.reach(t)
            if isinstance(part, Cap)
        }


def _closure(start: Ref, direct: dict[Ref, set[Ref]]) -> set[Ref]:
    found, waiting = {start}, [start]
    while waiting:
        for ref in direct[waiting.pop()] - found:
            found.add(ref)
            waiting.append(ref)
    return found


def _is_none(t: Type) -> bool:
    return isinstance(t, Scalar) and t.name == "none"


def _grouped(arm: tuple[str, bool]) -> str:
    text, group = arm
    return f"({text})" if group else text
