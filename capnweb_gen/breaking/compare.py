"""Two contracts: what was promised once, and what is now."""

from collections.abc import Collection

from capnweb_gen.breaking.findings import Finding, Findings, Place
from capnweb_gen.breaking.members import Members
from capnweb_gen.breaking.rules import Axis
from capnweb_gen.breaking.values import Values
from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Cap,
    Contract,
    Interface,
    Named,
    Ref,
    digests_of,
    walk,
)

__all__ = ["compare"]


def compare(
    old: Contract, new: Contract, report: Report, *, axes: Collection[Axis] = tuple(Axis)
) -> None:
    """Report what breaks clients of the previous contract.

    Args:
        old: the previous contract.
        new: the current one.
        report: takes the findings, at places in the current contract.
        axes: along which they are looked for.
    """
    findings = Findings()
    roots = _roots(old)
    for axis in Axis:
        if axis in axes:
            for found in _Comparison(old, new, axis).findings(roots):
                findings.add(axis, found)
    findings.report(report)


class _Comparison:
    """Compares along one axis."""

    def __init__(self, old: Contract, new: Contract, axis: Axis) -> None:
        self._old, self._new = old, new
        self._axis = axis
        self._values = Values(old, new, axis)
        self._members = Members(old, new, axis, self._values)
        self._top = Place(new.module, _top_of(new))

    def findings(self, roots: set[Ref]) -> list[Finding]:
        """All of them; `roots` are the former interfaces of main objects."""
        now = {interface.ref.qualname: interface for interface in self._new.interfaces.values()}
        for ref, interface in self._old.interfaces.items():
            found = self._new.interfaces.get(ref) or now.get(ref.qualname)
            if found is None:
                found = self._same(interface) if self._axis is Axis.WIRE else None
                if found is None and (self._axis is not Axis.WIRE or ref in roots):
                    self._gone(interface)
            elif ref in roots:
                self._members.root(interface, found)
        if self._axis is not Axis.WIRE:
            self._types()
        return self._values.found

    def _same(self, interface: Interface) -> Interface | None:
        """An interface that no peer can tell from one that has gone."""
        digest = digests_of(self._old).interfaces[interface.ref]
        known = digests_of(self._new).interfaces
        return next((self._new.interfaces[ref] for ref in known if known[ref] == digest), None)

    def _gone(self, interface: Interface) -> None:
        name = interface.ref.qualname
        self._values.add("CW501", self._top.inside(name), f"{name} is gone")

    def _types(self) -> None:
        """Names that clients may use in their own source."""
        names = {ref.qualname for ref in self._new.types}
        for ref in self._old.types:
            if ref.qualname not in names:
                place = self._top.inside(ref.qualname)
                self._values.add("CW506", place, f"{ref.qualname} is gone from the interfaces")


def _top_of(contract: Contract) -> Span:
    """The top of the file that a contract was read from."""
    spans = [interface.span for interface in contract.interfaces.values()]
    own = [each.span for each in contract.interfaces.values() if each.ref.module == contract.module]
    file = next((span.file for span in [*own, *spans]), contract.module)
    return Span(file, 1, 1, 1, 1)


def _roots(contract: Contract) -> set[Ref]:
    """The interfaces that clients get from nowhere: those of main objects, as far as one can tell.

    What a client gives to a server is none: that is called by the server.
    """
    inside = {ref: _inside(ref, contract) for ref in contract.types}
    led = {ref: _led_to(interface, inside) for ref, interface in contract.interfaces.items()}
    named = {other for ref in led for other in led[ref] if other != ref}
    roots = set(led) - named
    reached = _reached(roots, led, set())
    # Of interfaces that lead to each other, and to which nothing else leads, the first is one.
    for ref in led:
        if ref not in reached:
            roots.add(ref)
            reached = _reached({ref}, led, reached)
    return roots


def _reached(roots: set[Ref], led: dict[Ref, set[Ref]], seen: set[Ref]) -> set[Ref]:
    """What was seen already, and what these lead to."""
    waiting = list(roots)
    while waiting:
        ref = waiting.pop()
        if ref not in seen:
            seen.add(ref)
            waiting += led[ref]
    return seen


def _led_to(interface: Interface, inside: dict[Ref, set[Ref]]) -> set[Ref]:
    """The interfaces that others are got from, or given to, by way of one."""
    found: set[Ref] = set()
    for t in {t for member in interface.members for t in member.types}:
        for part in walk(t):
            if isinstance(part, Cap):
                found.add(part.ref)
            elif isinstance(part, Named):
                found |= inside[part.ref]
    return found


def _inside(ref: Ref, contract: Contract) -> set[Ref]:
    """The interfaces that a named type leads to."""
    return {part.ref for part in contract.reach(Named(ref)) if isinstance(part, Cap)}
