"""Generic types that lead to ever larger ones: `Holder[T]` to `Holder[list[T]]`, and so on."""

from collections.abc import Iterator
from typing import TypeAlias

from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Cap, Contract, Func, Named, Ref, Type, Var, children, shown, walk

__all__ = ["check_recursion"]

#: A type parameter: whose, and the number of it.
_Param: TypeAlias = tuple[Ref, int]


def check_recursion(contract: Contract, report: Report) -> None:
    """Every type leads to a bounded number of others.

    It does unless a type parameter finds its way back to itself with something around it. Objects
    are no part of that: what their methods take and give is looked at when they are called.
    """
    steps = _steps(contract)
    told: set[Ref] = set()
    for start, ends in steps.items():
        for end, larger in ends.items():
            definition = contract.types[start[0]]
            if larger and start[0] not in told and start in _reached(end, steps):
                told.add(start[0])
                message = (
                    f"{start[0].qualname} leads to {larger}, and so to larger and larger types"
                )
                fix = f"fill it with {definition.params[start[1]].name} alone, or with Any"
                report.add("CW218", definition.span, message, fix)


def _steps(contract: Contract) -> dict[_Param, dict[_Param, str]]:
    """What each type parameter becomes a part of; the text of the type if it is not all of it."""
    steps: dict[_Param, dict[_Param, str]] = {}
    for definition in contract.types.values():
        for number, param in enumerate(definition.params):
            ends = steps.setdefault((definition.ref, number), {})
            for part in contract.parts(definition):
                for named in _by_value(part):
                    for index, arg in enumerate(named.args):
                        if param in walk(arg):
                            larger = "" if isinstance(arg, Var) else shown(named)
                            ends[named.ref, index] = ends.get((named.ref, index)) or larger
    return steps


def _by_value(t: Type) -> Iterator[Named]:
    """The named types in it that travel with its values."""
    if isinstance(t, Cap | Func):
        return
    if isinstance(t, Named):
        yield t
    for child in children(t):
        yield from _by_value(child)


def _reached(start: _Param, steps: dict[_Param, dict[_Param, str]]) -> set[_Param]:
    """All type parameters that one becomes a part of, itself included."""
    seen: set[_Param] = set()
    waiting = [start]
    while waiting:
        param = waiting.pop()
        if param not in seen:
            seen.add(param)
            waiting += steps.get(param, {})
    return seen
