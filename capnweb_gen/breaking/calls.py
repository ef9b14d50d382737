"""Calls: what the caller passes, the one who is called has to take, each by position or name."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from capnweb_gen.breaking.findings import Place
from capnweb_gen.breaking.flow import Version
from capnweb_gen.breaking.rules import Axis
from capnweb_gen.breaking.values import Values
from capnweb_gen.ir import Method, Param, ParamKind, Ref, Signature, Type, Var, children, substitute

__all__ = ["Calls", "type_variable"]


class Calls:
    """Compares methods along one axis."""

    def __init__(self, axis: Axis, values: Values) -> None:
        self._axis = axis
        self._values = values

    def compare(self, old: Method, new: Method, caller: Version, place: Place) -> None:
        """Compare two methods, which peers of the version `caller` call."""
        if caller is Version.OLD and old.idempotent and not new.idempotent:
            message = f"{place.label} may be called once only, and old clients repeat calls of it"
            self._values.add("CW516", place, message)
        # Each way in which it may be called needs one in which it can be answered.
        calls, answers = old.signatures, new.signatures
        if caller is Version.NEW:
            calls, answers = answers, calls
        for index, call in enumerate(calls):
            pairs = [partial(self._pair, call, answer, caller, place) for answer in answers]
            if len(pairs) == 1 or not any(map(self._values.tried, pairs)):
                pairs[min(index, len(pairs) - 1)]()

    def _pair(self, call: Signature, answer: Signature, caller: Version, place: Place) -> None:
        answer = _bound(answer, call)
        old, new = (call, answer) if caller is Version.OLD else (answer, call)
        _Pair(self._axis, self._values, old, new, caller, place).compare()


class _Pair:
    """One signature of each."""

    def __init__(  # noqa: PLR0917 (it is made in one place)
        self,
        axis: Axis,
        values: Values,
        old: Signature,
        new: Signature,
        caller: Version,
        place: Place,
    ) -> None:
        self._axis = axis
        self._values = values
        self._caller = caller
        self._place = place
        self._old, self._new = old, new
        self._old_fixed, self._old_rest = _split(old)
        self._new_fixed, self._new_rest = _split(new)
        #: By what options are found: on the wire and in TypeScript they are keys of an object.
        self._old_options = {self._name(param): param for param in old.options}
        self._new_options = {self._name(param): param for param in new.options}

    def compare(self) -> None:
        paired: set[int] = set()
        for index, param in enumerate(self._old_fixed):
            self._fixed(index, param, paired)
        for index, param in enumerate(self._new_fixed):
            if index not in paired:
                self._added(param)
        self._rests()
        self._options()
        self._places_of_options()
        self._values.compare(self._old.returns, self._new.returns, self._caller.other, self._place)

    def _name(self, param: Param) -> str:
        return param.name if self._axis is Axis.PYTHON else param.wire_name

    def _at(self, param: Param) -> Place:
        span = param.span if param in self._new.params else self._place.span
        return self._place.inside(f"{self._place.label}({param.name})", span)

    # ---- by position

    def _fixed(self, index: int, old: Param, paired: set[int]) -> None:
        """A parameter of the previous contract, and what stands in its place now."""
        names = [param.name for param in self._new_fixed]
        before = {param.name for param in self._old_fixed}
        if old.name in names and names.index(old.name) != index:
            paired.add(names.index(old.name))
            self._moved(old, f"is number {names.index(old.name) + 1}, and was number {index + 1}")
        elif any(option.name == old.name for option in self._new.options):
            self._moved(old, "is passed by keyword, and was passed by position")
        elif index < len(names) and (names[index] == old.name or names[index] not in before):
            paired.add(index)
            self._both(old, self._new_fixed[index])
        elif index >= len(names) and self._new_rest is not None:
            self._type(old, self._new_rest)
            if old.kind is ParamKind.NORMAL and self._caller is Version.OLD:
                place = self._at(self._new_rest)
                message = f"{place.label} takes {old.name}, which old callers may pass by name"
                self._values.add("CW512", place, message)
        else:
            self._gone(old)

    def _moved(self, old: Param, how: str) -> None:
        new = next(param for param in self._new.params if param.name == old.name)
        self._values.add("CW511", self._at(new), f"{self._at(new).label} {how}")

    def _both(self, old: Param, new: Param) -> None:
        place = self._at(new)
        if old.name != new.name and old.kind is ParamKind.NORMAL and self._caller is Version.OLD:
            message = f"{place.label} was called {old.name}, by which old callers may pass it"
            self._values.add("CW512", place, message)
        elif (
            old.kind is ParamKind.NORMAL
            and new.kind is ParamKind.POSITIONAL
            and self._caller is Version.OLD
        ):
            message = f"{place.label} can no longer be passed by its name"
            self._values.add("CW512", place, message)
        self._requirement(old, new)
        self._type(old, new)

    def _requirement(self, old: Param, new: Param) -> None:
        place = self._at(new)
        sent, taken = (old, new) if self._caller is Version.OLD else (new, old)
        if sent.default and not taken.default and not self._is_filled(taken):
            whose = "old" if self._caller is Version.OLD else "new"
            message = f"{place.label} must be given, and {whose} callers may leave it out"
            self._values.add("CW513", place, message)
        elif old.default and new.default and old.default != new.default:
            message = f"{place.label} is {new.default.source} by default, and was"
            self._values.add("CW514", place, f"{message} {old.default.source}")

    def _type(self, old: Param, new: Param) -> None:
        self._values.compare(old.type, new.type, self._caller, self._at(new))

    def _is_filled(self, param: Param) -> bool:
        """Whether an argument that is missing is taken for None."""
        version = self._caller.other
        return self._axis is Axis.WIRE and self._values.takes_none(param.type, version)

    def _gone(self, old: Param) -> None:
        place = self._place.inside(f"{self._place.label}({old.name})")
        if self._caller is Version.OLD:
            message = f"{place.label} is gone, and old clients pass it"
            self._values.add("CW510", place, message)
        elif not old.default and not self._is_filled(old):
            message = f"{place.label} is passed no longer, and objects of old clients need it"
            self._values.add("CW510", place, message)

    def _added(self, new: Param) -> None:
        if self._caller is Version.OLD and not new.default and not self._is_filled(new):
            place = self._at(new)
            message = f"{place.label} must be given, and old clients do not know it"
            self._values.add("CW513", place, message)
        elif self._caller is Version.NEW and self._axis is Axis.PYTHON:
            place = self._at(new)
            message = f"{place.label} is new, and methods of old clients do not take it"
            self._values.add("CW513", place, message)

    # ---- the rest

    def _rests(self) -> None:
        old, new = self._old_rest, self._new_rest
        if old is None:
            return
        if new is None:
            self._gone(old)
            return
        if len(self._old_fixed) != len(self._new_fixed):
            place = self._at(new)
            message = (
                f"{place.label} begins with argument {len(self._new_fixed) + 1}, and began with"
                f" {len(self._old_fixed) + 1}"
            )
            self._values.add("CW511", place, message)
        self._type(old, new)

    # ---- by name

    def _options(self) -> None:
        positional = {param.name for param in self._new_fixed}
        for name, old in self._old_options.items():
            if name in self._new_options:
                self._requirement(old, self._new_options[name])
                self._type(old, self._new_options[name])
            elif old.name in positional:
                self._by_name(old)
            else:
                self._gone(old)
        before = {param.name for param in self._old_fixed}
        for name, new in self._new_options.items():
            if name not in self._old_options and new.name not in before:
                self._added(new)

    def _by_name(self, old: Param) -> None:
        """An option that may be passed by position now: in Python, by its name as before."""
        new = next(param for param in self._new_fixed if param.name == old.name)
        if self._axis is Axis.PYTHON and new.kind is ParamKind.NORMAL:
            self._requirement(old, new)
            self._type(old, new)
        else:
            self._moved(old, "is passed by position, and was passed by keyword")

    def _places_of_options(self) -> None:
        """Options travel as one object after the others, which is found by its place."""
        both = bool(self._old.options) and bool(self._new.options)
        fixed = len(self._old_fixed), len(self._new_fixed)
        if self._axis is Axis.PYTHON or not both or self._old_rest or fixed[0] == fixed[1]:
            return
        message = (
            f"{self._place.label} takes what is passed by keyword as argument {fixed[1] + 1}, and"
            f" old peers pass or take it as argument {fixed[0] + 1}"
        )
        self._values.add("CW511", self._place, message)


def _bound(answer: Signature, call: Signature) -> Signature:
    """A generic answer to a call that is not: each type variable is what the call has there."""
    if call.type_params or not answer.type_params:
        return answer
    own = {type_variable(place).ref for place in range(len(answer.type_params))}
    known: dict[Ref, Type] = {}

    def bind(wanted: Type, given: Type) -> None:
        if isinstance(wanted, Var) and wanted.ref in own:
            known.setdefault(wanted.ref, given)
        elif type(wanted) is type(given):
            for one, other in zip(children(wanted), children(given), strict=False):
                bind(one, other)

    for one, other in zip(answer.ordered, call.ordered, strict=False):
        bind(one.type, other.type)
    params = (replace(each, type=substitute(each.type, known)) for each in answer.params)
    return replace(answer, params=tuple(params), returns=substitute(answer.returns, known))


def type_variable(place: int) -> Var:
    """The type variable of a method that stands at a place, whatever it is called."""
    return Var(Ref("", f"m{place}"))


def _split(signature: Signature) -> tuple[Sequence[Param], Param | None]:
    fixed = [param for param in signature.ordered if param.kind is not ParamKind.REST]
    rest = [param for param in signature.ordered if param.kind is ParamKind.REST]
    return fixed, rest[0] if rest else None
