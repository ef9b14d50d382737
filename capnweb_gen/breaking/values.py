"""Whether values that one version of a contract sends are values that the other takes.

Types are compared as what flows: by whom it is sent, and so by whom it is received. What a client
of the previous contract sends, the current server must take (arguments: contravariant); what the
current server sends, a client of the previous contract must take (results: covariant). Of what
travels by reference the receiver is the one who calls, which turns it all around once more.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from capnweb_gen.breaking.conditions import unmet
from capnweb_gen.breaking.fields import Fields, instance
from capnweb_gen.breaking.findings import Finding, Place
from capnweb_gen.breaking.flow import Flow, Version
from capnweb_gen.breaking.rules import RULES, Axis
from capnweb_gen.diagnostics import CODES, Severity
from capnweb_gen.ir import (
    Cap,
    Constrained,
    Contract,
    Dict,
    Func,
    List,
    Literal,
    Named,
    Plain,
    Scalar,
    Stream,
    Tuple,
    Type,
    TypeDef,
    TypeKind,
    Union,
    Var,
    bare,
    nothing,
    shown,
)

__all__ = ["Objects", "Values"]


class Objects(Protocol):
    """Compares what travels by reference."""

    def __call__(self, old: Cap, new: Cap, caller: Version, place: Place, /) -> None:
        """Compare the interfaces of an object that a peer of the version `caller` calls."""


_NUMBERS = {"int": 1, "float": 2}

_REFERENCES = (Cap, Func, Stream)


class Values:
    """Compares types along one axis.

    Attributes:
        found: what is wrong, in the order in which it was met.
        objects: what interfaces are compared by.
    """

    def __init__(self, old: Contract, new: Contract, axis: Axis) -> None:
        # In Python, what has a name is not the same as what it stands for.
        kept = {TypeKind.NEW_TYPE, TypeKind.ENUM, TypeKind.FLAGS} if axis is Axis.PYTHON else set()
        self._old, self._new = old, new
        self._plain_old, self._plain_new = Plain(old, kept), Plain(new, kept)
        self._axis = axis
        #: What is being compared, or has been.
        self._open: set[tuple[Type, Type, Version, str]] = set()
        self._waiting: deque[Callable[[], None]] = deque()
        self.found: list[Finding] = []
        self.objects: Objects = _nothing_known

    def add(self, code: str, place: Place, message: str) -> None:
        """Note a finding, if its rule holds along this axis."""
        if self._axis in RULES[code].axes:
            self.found.append(Finding(code, place, message))

    def compare(
        self, old: Type, new: Type, sender: Version, place: Place, mismatch: str = ""
    ) -> None:
        """Compare the types of a value.

        Args:
            old: in the previous contract.
            new: in the current one.
            sender: which of the two peers sends it.
            place: where it is.
            mismatch: the code for types that do not fit, if it is a special one.
        """
        plain_old, plain_new = self._plain_old(old), self._plain_new(new)
        key = (plain_old, plain_new, sender, mismatch)
        if key in self._open:
            return
        self._open.add(key)
        sent, taken = (plain_old, plain_new) if sender is Version.OLD else (plain_new, plain_old)
        code = mismatch or ("CW515" if sender is Version.OLD else "CW520")
        flow = Flow(sender, place, code, old, new)
        if self._is_defined(plain_old, plain_new):
            # It has places of its own, so once is enough; and later, since one leads to the next.
            self._waiting.append(partial(self._flow, sent, taken, flow))
        else:
            self._flow(sent, taken, flow)
            self._open.discard(key)

    def finish(self) -> None:
        """Compare what is left to be compared."""
        while self._waiting:
            self._waiting.popleft()()

    def _is_defined(self, old: Type, new: Type) -> bool:
        """Whether both are interfaces, or both are objects with fields, of which much is to say."""
        if isinstance(old, Cap) and isinstance(new, Cap):
            return True
        if not (isinstance(old, Named) and isinstance(new, Named)):
            return False
        if self._axis is Axis.PYTHON and old.ref.qualname != new.ref.qualname:
            return False
        kinds = {self._old.types[old.ref].kind, self._new.types[new.ref].kind}
        return kinds <= {TypeKind.MODEL, TypeKind.DATACLASS, TypeKind.TYPED_DICT}

    def _flow(self, sent: Type, taken: Type, flow: Flow) -> None:
        match sent, taken:
            case (_, Scalar(name="any")):
                pass
            case Scalar(name="any"), _ if self._axis is not Axis.WIRE:
                pass
            case (Constrained(), _) | (_, Constrained()):
                self._conditions(sent, taken, flow)
            case (Union(), _) | (_, Union()):
                self._arms(sent, taken, flow)
            case Literal(), Literal():
                self._literals(sent, taken, flow)
            case (Scalar() | Literal() | Var(), _) | (_, Scalar() | Literal() | Var()):
                if not self._fits_simple(sent, taken):
                    self._mismatch(flow)
            case _:
                self._made_of_others(sent, taken, flow)

    def _made_of_others(self, sent: Type, taken: Type, flow: Flow) -> None:
        match sent, taken:
            case (
                (List(item=one), List(item=other))
                | (Dict(value=one), Dict(value=other))
                | (Stream(item=one), Stream(item=other))
            ):
                self._inner(one, other, flow)
            case Tuple(), List() if self._axis is Axis.PYTHON and flow.sender is Version.NEW:
                self._mismatch(flow)  # it may be used as the list that it was
            case Tuple(items=items), List(item=item):
                for each in items:
                    self._inner(each, item, flow)
            case Tuple(items=ones), Tuple(items=others):
                self._sequence(ones, others, len(others), flow)
            case Func(), Func():
                self._functions(sent, taken, flow)
            case Cap(), Cap():
                old, new = flow.in_order(sent, taken)
                self.objects(old, new, flow.sender.other, flow.place)
            case Named(), Named():
                self._named(sent, taken, flow)
            case _:
                self._mismatch(flow)

    def _inner(self, sent: Type, taken: Type, flow: Flow) -> None:
        old, new = flow.in_order(sent, taken)
        special = flow.code if flow.code not in {"CW515", "CW520"} else ""
        self.compare(old, new, flow.sender, flow.place, special)

    def tried(self, attempt: Callable[[], None]) -> bool:
        """Whether an attempt finds no errors. If it does, it is as if it had not been made."""
        found, known, waiting = self.found, set(self._open), self._waiting
        self.found, self._waiting = [], deque([attempt])
        while self._waiting and not self._has_failed():
            self._waiting.popleft()()
        success = not self._has_failed()
        self.found, self._waiting = [*found, *(self.found if success else [])], waiting
        if not success:
            self._open = known
        return success

    def _has_failed(self) -> bool:
        return any(CODES[each.code].severity is Severity.ERROR for each in self.found)

    # ---- simple types

    def _conditions(self, sent: Type, taken: Type, flow: Flow) -> None:
        kept = sent.constraints if isinstance(sent, Constrained) else ()
        demanded = taken.constraints if isinstance(taken, Constrained) else ()
        self._inner(bare(sent), bare(taken), flow)
        broken = unmet(kept, demanded) if self._axis is Axis.WIRE else []
        if broken:
            label = flow.place.label
            conditions = ", ".join(f"{each.name}={each.value!r}" for each in broken)
            if flow.sender is Version.OLD:
                message = f"{label} must meet {conditions}, which old clients need not have met"
            else:
                message = f"{label} need not meet {conditions}, as old clients expect"
            self.add(flow.code, flow.place, message)

    def _fits_simple(self, sent: Type, taken: Type) -> bool:
        match sent, taken:
            case Scalar(), Scalar():
                return self._fits_scalar(sent.name, taken.name)
            case Literal(), Scalar():
                return all(self._is_of(value.json, taken.name) for value in sent.values)
            case Var(), Var():
                return sent.ref == taken.ref
            case _:
                return False

    def _fits_scalar(self, sent: str, taken: str) -> bool:
        if sent == taken:
            return True
        if self._axis is Axis.TS and {sent, taken} <= set(_NUMBERS):
            return True
        if self._axis is Axis.PYTHON and (sent, taken) in {("bool", "int"), ("bool", "float")}:
            return True
        return (sent, taken) == ("int", "float")

    def _is_of(self, value: object, scalar: str) -> bool:
        if value is None or isinstance(value, bool):
            return scalar == ("none" if value is None else "bool")
        kind = "str" if isinstance(value, str) else "float" if isinstance(value, float) else "int"
        return self._fits_scalar(kind, scalar)

    def _literals(self, sent: Literal, taken: Literal, flow: Flow) -> None:
        known = {value.repr for value in taken.values}
        missing = [value.repr for value in sent.values if value.repr not in known]
        if missing:
            values = ", ".join(missing)
            if flow.sender is Version.OLD:
                self.add("CW540", flow.place, f"{flow.place.label} takes {values} no longer")
            else:
                message = f"{flow.place.label} may be {values}, which old clients do not know"
                self.add("CW541", flow.place, message)

    # ---- unions

    def _arms(self, sent: Type, taken: Type, flow: Flow) -> None:
        """Each alternative that is sent has to be one of those that are taken."""
        takes = taken.arms if isinstance(taken, Union) else (taken,)
        if any(isinstance(each, Scalar) and each.name == "any" for each in takes):
            return
        for arm in sent.arms if isinstance(sent, Union) else (sent,):
            similar = [other for other in takes if _kind(other) == _kind(arm)]
            if len(similar) == 1 and not isinstance(bare(arm), Scalar):
                self._inner(arm, similar[0], flow)
            elif not any(self.tried(partial(self._inner, arm, other, flow)) for other in takes):
                self._not_taken(arm, taken, flow)

    def _not_taken(self, arm: Type, taken: Type, flow: Flow) -> None:
        label = flow.place.label
        if arm == nothing():
            self._none(flow)
        elif not isinstance(taken, Union):
            self._mismatch(flow)
        elif flow.sender is Version.OLD:
            self.add("CW542", flow.place, f"{label} takes {shown(arm)} no longer")
        else:
            message = f"{label} may be {shown(arm)}, which old clients do not know"
            self.add("CW542", flow.place, message)

    def _none(self, flow: Flow) -> None:
        if flow.sender is Version.NEW:
            message = f"{flow.place.label} may be None, which old clients do not expect"
            self.add("CW521", flow.place, message)
        else:
            self.add(flow.code, flow.place, f"{flow.place.label} takes None no longer")

    # ---- what is made of others

    def _sequence(
        self, sent: Sequence[Type], taken: Sequence[Type], required: int, flow: Flow
    ) -> None:
        """Arrays that have a type for each place; the receiver needs so many of them."""
        if not required <= len(sent) <= len(taken):
            self._mismatch(flow)
            return
        for one, other in zip(sent, taken, strict=False):
            self._inner(one, other, flow)

    def _functions(self, sent: Func, taken: Func, flow: Flow) -> None:
        """The receiver calls it. What it gives too many is ignored, what it does not is None."""
        for index, wanted in enumerate(sent.params):
            if index < len(taken.params):
                given, place = taken.params[index], flow.place
                old, new = flow.in_order(wanted, given)
                self.compare(old, new, flow.sender.other, place)
            elif not self.takes_none(wanted, flow.sender):
                whose = "old" if flow.sender is Version.OLD else "new"
                message = (
                    f"{flow.place.label}: functions of {whose} peers need {len(sent.params)}"
                    f" arguments, and are called with {len(taken.params)}"
                )
                self.add("CW510" if flow.sender is Version.OLD else "CW513", flow.place, message)
        if self._axis is Axis.PYTHON and len(taken.params) > len(sent.params):
            self._mismatch(flow)
        self._inner(sent.returns, taken.returns, flow)

    def takes_none(self, t: Type, version: Version) -> bool:
        """Whether None is a value of a type of that version."""
        plain = (self._plain_old if version is Version.OLD else self._plain_new)(t)
        arms = plain.arms if isinstance(plain, Union) else (plain,)
        return any(arm in {nothing(), Scalar("any")} for arm in arms)

    def _named(self, sent: Named, taken: Named, flow: Flow) -> None:
        old, new = flow.in_order(sent, taken)
        old_def, new_def = self._old.types[old.ref], self._new.types[new.ref]
        if self._axis is Axis.PYTHON and old.ref.qualname != new.ref.qualname:
            self._mismatch(flow)
            return
        if old_def.target and new_def.target:
            self._inner(*flow.in_order(old_def.target, new_def.target), flow)
        elif old_def.has_values and old_def.kind is new_def.kind:
            self._enums(old_def, new_def, flow)
        elif not (old_def.is_record and new_def.is_record):
            self._mismatch(flow)
        else:
            self._records(instance(old_def, old.args), instance(new_def, new.args), flow)

    def _enums(self, old: TypeDef, new: TypeDef, flow: Flow) -> None:
        missing = [name for name in old.names if name not in new.names]
        if missing:
            names = ", ".join(f"{old.ref.qualname}.{name}" for name in missing)
            place = flow.place.inside(new.ref.qualname, new.span)
            self.add("CW540", place, f"{names} is gone")

    # ---- records

    def _records(self, old: TypeDef, new: TypeDef, flow: Flow) -> None:
        arrays = [each.kind is TypeKind.NAMED_TUPLE for each in (old, new)]
        if not any(arrays):
            Fields(self, self._axis, old, new, flow).compare()
            return
        sent, taken = flow.in_order(old, new)
        if not all(arrays):
            self._mismatch(flow)
        elif self._axis is not Axis.PYTHON:
            required = sum(field.required for field in taken.fields)
            of_sent, of_taken = ([field.type for field in each.fields] for each in (sent, taken))
            self._sequence(of_sent, of_taken, required, flow)
        else:
            if flow.sender is Version.NEW and len(old.fields) != len(new.fields):
                self._mismatch(flow)  # it may be unpacked
            Fields(self, self._axis, old, new, flow).compare()

    def _mismatch(self, flow: Flow) -> None:
        sent, taken = flow.sent, flow.taken
        label, code = flow.place.label, flow.code
        plain = [self._plain_old(flow.old), self._plain_new(flow.new)]
        if any(isinstance(each, Stream) for each in plain):
            code = "CW551"
        elif len({isinstance(each, _REFERENCES) for each in plain}) > 1:
            code = "CW550"
        if flow.sender is Version.OLD:
            message = f"{label} takes {shown(taken)}, and old clients send {shown(sent)}"
        else:
            message = f"{label} is {shown(sent)}, and old clients expect {shown(taken)}"
        self.add(code, flow.place, message)


def _kind(t: Type) -> object:
    """What is compared with what where there are several: arrays with arrays, and so on."""
    t = bare(t)
    return "array" if isinstance(t, List | Tuple) else type(t)


def _nothing_known(old: Cap, new: Cap, caller: Version, place: Place) -> None:
    raise AssertionError("nothing was said of interfaces")
