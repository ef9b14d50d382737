"""The three faces of a type in annotations.

    received   what an await gives, and what an implementation is given
    promise    what a call or property gives before it is awaited
    accepted   what may be passed as an argument, or returned by an implementation

They are total over the types of the intermediate model.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, assert_never

from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
    Func,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    bare,
    variables,
)
from capnweb_gen.plan.layout import literal
from capnweb_gen.plan.spelling import Side, Spelling

__all__ = ["PIPELINED_TUPLES", "Faces"]

#: Lengths of tuples whose promises know their items.
PIPELINED_TUPLES = frozenset({2, 3, 4})

#: Scalars that are classes of the runtime, not of Python.
VALUE_CLASSES: Final = {"blob": "Blob", "bigint": "BigInt", "fardate": "FarDate"}

#: Scalars that are classes of Python's library: alias of the module, and name.
_LIBRARY_CLASSES: Final = {
    "datetime": ("_dt", "datetime"),
    "date": ("_dt", "date"),
    "time": ("_dt", "time"),
    "timedelta": ("_dt", "timedelta"),
    "decimal": ("_dec", "Decimal"),
    "uuid": ("_uuid", "UUID"),
    "path": ("_path", "Path"),
    "purepath": ("_path", "PurePath"),
    "pureposixpath": ("_path", "PurePosixPath"),
}

_NOTHING_RENAMED: Final[Mapping[Ref, str]] = {}


class Faces:
    """Writes the faces of types for one generated module."""

    def __init__(
        self,
        contract: Contract,
        spelling: Spelling,
        *,
        variables_as_any: bool = False,
        renamed: Mapping[Ref, str] = _NOTHING_RENAMED,
        original: bool = False,
    ) -> None:
        """Begin a module, or a part of it where type variables are spelled in another way.

        Args:
            contract: what the types are from.
            spelling: of the module.
            variables_as_any: type variables become Any: in functions that are given shapes.
            renamed: type variables that are not the user's own.
            original: what is received is spelled as the user wrote it, with interfaces in it: for
                models that are about to be sent.
        """
        self._contract = contract
        self._spelling = spelling
        self._as_any = variables_as_any
        self._renamed = renamed
        self._is_original = original
        # A type comes again and again: of 20,000 in 300 interfaces one in six is another.
        self._received: dict[Type, str] = {}
        self._promises: dict[Type, str] = {}
        self._accepted: dict[Type, str] = {}

    # ---- received

    def received(self, t: Type) -> str:
        """What an await gives."""
        if t not in self._received:
            self._received[t] = self._new_received(t)
        return self._received[t]

    def _new_received(self, t: Type) -> str:
        spelling = self._spelling
        match t:
            case Scalar():
                return self._scalar(t.name)
            case Stream():
                return f"{spelling.abc('AsyncIterator')}[{self.received(t.item)}]"
            case Literal():
                values = ", ".join(self._literal_value(value) for value in t.values)
                return f"{spelling.typing('Literal')}[{values}]"
            case Constrained():
                return self.received(t.item)
            case List():
                return f"{spelling.builtin('list')}[{self.received(t.item)}]"
            case Dict():
                key = spelling.builtin("str")
                return f"{spelling.builtin('dict')}[{key}, {self.received(t.value)}]"
            case Tuple():
                items = ", ".join([*map(self.received, t.items), *(["..."] if t.endless else [])])
                return f"{spelling.builtin('tuple')}[{items}]"
            case Optional():
                return f"{self.received(t.item)} | None"
            case Union():
                return " | ".join(map(self.received, t.arms))
            case Named():
                return self._received_named(t)
            case Cap():
                return self._received_interface(t)
            case Func():
                return self._received_function(t)
            case Var():
                return self.variable(t)
            case _:
                assert_never(t)

    def variable(self, var: Var) -> str:
        """A type variable."""
        if self._as_any:
            return self._spelling.typing("Any")
        if var.ref in self._renamed:
            return self._renamed[var.ref]
        if var.in_brackets:
            return self._spelling.variable(f"_{var.ref.stem}")
        return self._spelling.users(var.ref)

    def _scalar(self, name: str) -> str:
        if name == "none":
            return "None"
        if name == "any":
            return self._spelling.typing("Any")
        if name in _LIBRARY_CLASSES:
            return self._spelling.library(*_LIBRARY_CLASSES[name])
        if name in VALUE_CLASSES:
            return self._spelling.runtime(VALUE_CLASSES[name])
        return self._spelling.builtin(name)

    def _literal_value(self, value: LiteralValue) -> str:
        if value.enum:
            return f"{self._spelling.users(value.enum)}.{value.repr}"
        return literal(value.json) if isinstance(value.json, str) else value.repr

    def _received_interface(self, t: Cap) -> str:
        if self._is_original:
            return self._filled(t)
        return self._spelling.generated(t.ref, "Stub") + self.paired(t.args)

    def _received_function(self, t: Func) -> str:
        if self._is_original:
            params = ", ".join(map(self.received, t.params))
            result = f"{self._spelling.abc('Awaitable')}[{self.received(t.returns)}]"
            return f"{self._spelling.abc('Callable')}[[{params}], {result}]"
        params = ", ".join(map(self.accepted, t.params))
        return f"{self._spelling.runtime('Callback')}[[{params}], {self.promise(t.returns)}]"

    def _received_named(self, t: Named) -> str:
        if self.is_result(t) and not self._is_original:
            return self._spelling.generated(t.ref, "Result") + self.paired(t.args)
        return self._filled(t)

    def _filled(self, t: Named | Cap) -> str:
        """A class of the user's, with its type arguments."""
        args = ", ".join(map(self.received, t.args))
        return self._spelling.users(t.ref) + (f"[{args}]" if args else "")

    def is_result(self, t: Named) -> bool:
        """Whether it is received as a generated class, since capabilities in it become stubs.

        A generic model without any of its own is received as it is, filled with stubs.
        """
        definition = self._contract.types[t.ref]
        return definition.is_record and self._contract.carries(Named(t.ref, definition.params))

    def paired(self, args: Iterable[Type]) -> str:
        """Type arguments of a generated class: each as received and as promise."""
        pairs = ", ".join(self.pairs(args))
        return f"[{pairs}]" if pairs else ""

    def pairs(self, args: Iterable[Type]) -> Iterator[str]:
        """The same one by one."""
        for arg in args:
            yield from (self.received(arg), self.promise(arg))

    # ---- promise

    def promise(self, t: Type) -> str:
        """What a call gives."""
        if t not in self._promises:
            self._promises[t] = self._new_promise(t)
        return self._promises[t]

    def _new_promise(self, t: Type) -> str:
        match t:
            case Constrained():
                return self.promise(t.item)
            case List():
                return self._promise_class("ListPromise", t.item)
            case Dict():
                return self._promise_class("DictPromise", t.value)
            case Tuple(items=items, endless=False) if len(items) in PIPELINED_TUPLES:
                return self._promise_class(f"TuplePromise{len(items)}", *items)
            case Optional(item=item):
                inner = bare(item)
                if isinstance(inner, List):
                    return self._promise_class("OptionalListPromise", inner.item)
                return self._promise_class("OptionalPromise", item)
            case Stream():
                return f"{self._spelling.runtime('StreamPromise')}[{self.received(t.item)}]"
            case Cap():
                return self._spelling.generated(t.ref, "Promise") + self.paired(t.args)
            case Named() if self._contract.types[t.ref].is_record:
                return self._spelling.generated(t.ref, "Promise") + self.paired(t.args)
            case Func():
                params = ", ".join(map(self.accepted, t.params))
                name = self._spelling.runtime("CallbackPromise")
                return f"{name}[[{params}], {self.promise(t.returns)}]"
            case Var() if self._as_any:
                return self._spelling.typing("Any")
            case Var(of_method=False) if self._spelling.side == Side.CLIENT:
                return promise_variable(t.ref)
            case _:
                return f"{self._spelling.runtime('Promise')}[{self.received(t)}]"

    def _promise_class(self, name: str, *items: Type) -> str:
        received = [self.received(item) for item in items]
        promised = [self.promise(item) for item in items]
        return f"{self._spelling.runtime(name)}[{', '.join(received + promised)}]"

    # ---- accepted

    def accepted(self, t: Type) -> str:
        """What an argument may be."""
        if t not in self._accepted:
            self._accepted[t] = " | ".join(dict.fromkeys(self._accepted_arms(t)))
        return self._accepted[t]

    def _accepted_arms(self, t: Type) -> list[str]:
        spelling = self._spelling
        match t:
            case Scalar(name="none"):
                return ["None"]
            case Scalar(name="any"):
                return [spelling.typing("Any")]
            case Constrained():
                return self._accepted_arms(t.item)
            case List():
                item = self.accepted(t.item)
                return [f"{spelling.runtime('Seq')}[{item}]", self._promised(t)]
            case Stream():
                return [
                    f"{spelling.abc('AsyncIterable')}[{self.accepted(t.item)}]",
                    self._promised(t),
                ]
            case Dict():
                key, value = spelling.builtin("str"), self.accepted(t.value)
                return [f"{spelling.abc('Mapping')}[{key}, {value}]", self._promised(t)]
            case Tuple():
                items = [*map(self.accepted, t.items), *(["..."] if t.endless else [])]
                return [f"{spelling.builtin('tuple')}[{', '.join(items)}]", self._promised(t)]
            case Optional():
                return self._accepted_union([t.item, Scalar("none")], t)
            case Union():
                return self._accepted_union(list(t.arms), t)
            case Named() if self.is_record_with_capabilities(t):
                return [self.original().received(t), self.received(t), self.promise(t)]
            case Cap():
                args = ", ".join(map(self.received, t.args))
                target = spelling.generated(t.ref, "Target") + (f"[{args}]" if args else "")
                return [target, self.received(t)]
            case Func():
                params = ", ".join(map(self.received, t.params))
                returns = f"{spelling.runtime('MaybeAwaitable')}[{self.accepted(t.returns)}]"
                return [f"{spelling.abc('Callable')}[[{params}], {returns}]"]
            case Named() | Var() if any(var.of_method for var in variables(t)):
                return [self.received(t)]  # no checker finds out T from Arg[T]
            case Scalar() | Literal() | Named() | Var():
                return [f"{spelling.runtime('Arg')}[{self.received(t)}]"]
            case _:
                assert_never(t)

    def is_record_with_capabilities(self, t: Named) -> bool:
        """Whether what is sent for it is another type than what is received."""
        return self._contract.types[t.ref].is_record and self._contract.carries(t)

    def original(self) -> "Faces":
        """Faces whose received types are spelled as the user wrote them."""
        return Faces(self._contract, self._spelling, renamed=self._renamed, original=True)

    def _accepted_union(self, arms: list[Type], whole: Type) -> list[str]:
        """One Arg of the union if nothing in it is more than itself or its promise."""
        accepted = [self._accepted_arms(arm) for arm in arms]
        plain = f"{self._spelling.runtime('Arg')}["
        if all(arm == ["None"] or (len(arm) == 1 and arm[0].startswith(plain)) for arm in accepted):
            return [f"{plain}{self.received(whole)}]"]
        return [*(part for arm in accepted for part in arm), self._promised(whole)]

    def _promised(self, t: Type) -> str:
        return f"{self._spelling.runtime('Promise')}[{self.received(t)}]"


def promise_variable(ref: Ref) -> str:
    """The type variable for the promise class of what a type variable stands for."""
    return f"_{ref.stem}_P"
