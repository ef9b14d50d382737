"""Shapes: what generated code tells the runtime of a type.

Each distinct type has one module constant, named after it so that a change elsewhere in the
interface does not rename it. A type with type variables in it has a function instead, which is
given the shapes that they stand for.
"""

from collections.abc import Mapping
from typing import Final, TypeGuard, assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Constraint,
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
    TypeDef,
    TypeKind,
    Union,
    Var,
    nothing,
    substitute,
    variables,
    words_of,
)
from capnweb_gen.plan.layout import constant, exploded, literal
from capnweb_gen.plan.spelling import Spelling
from capnweb_gen.plan.types import PIPELINED_TUPLES, Faces

__all__ = ["NO_VARIABLES", "Shapes", "Variables"]

#: The expressions for the shapes that type variables stand for.
Variables = Mapping[Ref, str]

NO_VARIABLES: Final[Variables] = {}


class Shapes:
    """The shapes of one generated module, in the order in which they can be defined."""

    def __init__(self, contract: Contract, spelling: Spelling) -> None:
        self._contract = contract
        self._spelling = spelling
        self._faces = Faces(contract, spelling)
        self._untyped = Faces(contract, spelling, variables_as_any=True)
        self._names: dict[Type, str] = {}
        self._expressions: dict[Type, str] = {}
        self._taken: set[str] = set()
        refs = [*contract.types, *contract.interfaces]
        self._own = {f"_s_{ref.stem}" for ref in refs if not contract.is_elsewhere(ref)}
        self.constants: list[str] = []
        self.functions: list[str] = []
        self.generic: dict[Ref, None] = {}

    def expression(self, t: Type, known: Variables = NO_VARIABLES) -> str:
        """The expression for the shape of a type.

        Args:
            t: the type.
            known: the expressions for the shapes of the type variables in it.
        """
        found = self._expressions.get(t)
        if found is None:
            erased = _erased(t)
            inside = variables(erased)
            if inside:
                return self._generic_expression(erased, inside, known)
            found = self._expressions[t] = self._plain_expression(erased)
        return found

    def _plain_expression(self, t: Type) -> str:
        if isinstance(t, Scalar):
            return self._spelling.support(t.name.upper())
        return self.expression(t.item) if _is_unspelled(t) else self._constant(t)

    def _generic_expression(self, t: Type, inside: tuple[Var, ...], known: Variables) -> str:
        if isinstance(t, Var):
            return known[t.ref]
        if _is_unspelled(t):
            return self.expression(t.item, known)
        arguments = ", ".join(known[variable.ref] for variable in inside)
        return f"{self._function(t, inside)}({arguments})"

    def carries(self, t: Type) -> bool:
        """Whether a value has to be prepared before it is sent."""
        return bool(variables(t)) or self._contract.carries(t)

    def sent(self, t: Type, value: str, known: Variables = NO_VARIABLES) -> str:
        """The expression for a value that is ready to be sent."""
        prepared = self.carries(_erased(t))
        return f"{self.expression(t, known)}.send({value})" if prepared else value

    def of_definition(self, ref: Ref) -> str:
        """The constant of an interface or model that is not generic."""
        return f"_s_{ref.stem}"

    # ---- constants and functions

    def _constant(self, t: Type) -> str:
        if isinstance(t, Named | Cap) and not t.args and self._has_own_constant(t):
            return self.of_definition(t.ref)
        if t not in self._names:
            # What it is made of is defined first.
            made = self._made(t, NO_VARIABLES)
            name = self._names[t] = self._new_name("_s_", t)
            typed = [self._faces.received(t), self._faces.promise(t)]
            shape = self._spelling.support("Shape")
            self.constants.append(constant(name, shape, typed, *made))
        return self._names[t]

    def _has_own_constant(self, t: Named | Cap) -> bool:
        is_generated = isinstance(t, Cap) or self._contract.types[t.ref].is_record
        return is_generated and not self._is_elsewhere(t)

    def _is_elsewhere(self, t: Type) -> bool:
        """Whether the shape is that of another package."""
        if not isinstance(t, Named | Cap) or not self._contract.is_elsewhere(t.ref):
            return False
        return isinstance(t, Cap) or self._contract.types[t.ref].is_record

    def _function(self, t: Type, inside: tuple[Var, ...]) -> str:
        if isinstance(t, Named | Cap) and t.args == inside and not self._is_elsewhere(t):
            self.generic.setdefault(t.ref)
            return f"_sf_{t.ref.stem}"
        if t not in self._names:
            name = self._names[t] = self._new_name("_f_", t)
            parameters = {variable.ref: f"t{i}" for i, variable in enumerate(inside)}
            made = self._made(t, parameters)
            self.functions.append(
                self.function(name, list(parameters.values()), t)
                + exploded(f"return {made[0]}(", made[1], ")", 1)
            )
        return self._names[t]

    def function(self, name: str, parameters: list[str], t: Type) -> str:
        """The first lines of a function that makes the shape of a generic type, made once each."""
        shape = self._spelling.support("Shape")
        anything = self._spelling.typing("Any")
        listed = [f"{parameter}: {shape}[{anything}, {anything}]" for parameter in parameters]
        typed = f"{self._untyped.received(t)}, {self._untyped.promise(t)}"
        head = exploded(f"def {name}(", listed, f") -> {shape}[{typed}]:")
        return f"@{self._spelling.support('memoized')}\n{head}\n"

    def _made(self, t: Type, known: Variables) -> tuple[str, list[str]]:
        """The function of the runtime that makes a shape, and its arguments."""
        match t:
            case List():
                name, args = "list_of", [t.item]
            case Stream():
                name, args = "stream_of", [t.item]
            case Dict():
                name, args = "dict_of", [t.value]
            case Constrained():
                return self._made_constrained(t, known)
            case Optional(item=List(item=item)):
                name, args = "optional_list", [item]
            case Optional(item=Constrained(item=List()) as item):
                # The promise of an optional list is another one than that of an optional.
                return self._made(Constrained(Optional(item.item), item.constraints), known)
            case Optional():
                name, args = "optional", [t.item]
            case Tuple():
                known_length = len(t.items) in PIPELINED_TUPLES
                name = f"tuple_of{len(t.items)}" if known_length else "tuple_of"
                name, args = "tuple_all" if t.endless else name, list(t.items)
            case Union():
                arms = [self.expression(arm, known) for arm in t.arms]
                # Models with capabilities are received as other classes, whose fields pydantic
                # does not know by these names.
                tag = None if self._contract.carries(t) else t.discriminator
                by = [f"discriminator={literal(tag)}"] if tag else []
                return self._spelling.support("union"), arms + by
            case Func():
                params = [self.expression(param, known) for param in t.params]
                params.append(f"returns={self.expression(t.returns, known)}")
                return self._spelling.support("callback"), params
            case Literal():
                accepts_none = any(value.json is None for value in t.values)
                return self._value(t, accepts_none=accepts_none)
            case Named() | Cap():
                return self._made_named(t, known)
            case Scalar() | Var():
                raise AssertionError("these have no definition")
            case _:
                assert_never(t)
        return self._spelling.support(name), [self.expression(arg, known) for arg in args]

    def _made_constrained(self, t: Constrained, known: Variables) -> tuple[str, list[str]]:
        """Conditions that are spelled out. Others are the model's own business."""
        spelled = [f"{each.name}={_value(each)}" for each in t.constraints if each.is_spelled]
        return self._spelling.support("constrained"), [self.expression(t.item, known), *spelled]

    def _made_named(self, t: Named | Cap, known: Variables) -> tuple[str, list[str]]:
        if self._is_elsewhere(t):
            package = self._contract.home(t.ref) or ""
            args = [self.expression(arg, known) for arg in t.args]
            args += ["carries=True"] if self._contract.carries(t) else []
            names = [literal(package), literal(f"{t.ref.stem}Promise")]
            return self._spelling.support("elsewhere"), [*names, *args]
        if t.args:
            self.generic.setdefault(t.ref)
            return f"_sf_{t.ref.stem}", [self.expression(arg, known) for arg in t.args]
        definition = self._contract.types[t.ref]
        if definition.kind is TypeKind.NEW_TYPE:
            assert definition.target is not None
            return self._spelling.support("newtype"), [self.expression(definition.target)]
        if definition.kind is TypeKind.ALIAS and isinstance(definition.target, Constrained):
            alias = f"lambda: {self._spelling.users(t.ref)}"
            item = self.expression(definition.target.item)
            return self._spelling.support("annotated"), [item, alias]
        return self._value(t, accepts_none=self._accepts_none(definition))

    def _accepts_none(self, definition: TypeDef) -> bool:
        target = definition.target
        return (
            None in definition.values
            or isinstance(target, Optional)
            or (isinstance(target, Union) and nothing() in target.arms)
        )

    def _value(self, t: Type, *, accepts_none: bool) -> tuple[str, list[str]]:
        """A type that pydantic knows how to validate."""
        args = [f"lambda: {self._faces.received(t)}"]
        return self._spelling.support("value"), args + ["accepts_none=True"] * accepts_none

    # ---- names

    def _new_name(self, prefix: str, t: Type) -> str:
        words = words_of(t)
        base = name = f"{prefix}{words}"
        number = 2
        is_own = isinstance(t, Named) and not t.args and not self._is_elsewhere(t)
        own = frozenset[str]() if is_own else self._own
        while name in self._taken or name in own:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def _erased(t: Type) -> Type:
    """A type without type variables of a method: what they are, only its caller knows."""
    own = {each.ref: Scalar("any") for each in variables(t) if each.of_method}
    return substitute(t, own) if own else t


def _is_unspelled(t: Type) -> TypeGuard[Constrained]:
    """Whether it has conditions, and none that generated code can spell out."""
    return isinstance(t, Constrained) and not any(each.is_spelled for each in t.constraints)


def _value(constraint: Constraint) -> str:
    value = constraint.value
    return literal(value) if isinstance(value, str) else repr(value)
