"""Interfaces: what one peer calls, and the other has to have."""

from collections.abc import Mapping
from dataclasses import replace

from capnweb_gen.breaking.calls import Calls, type_variable
from capnweb_gen.breaking.findings import Place
from capnweb_gen.breaking.flow import Version
from capnweb_gen.breaking.rules import Axis
from capnweb_gen.breaking.values import Values
from capnweb_gen.ir import (
    Cap,
    Contract,
    Interface,
    Method,
    Property,
    Ref,
    Signature,
    Type,
    Var,
    filled,
    substitute,
)

__all__ = ["Members"]


class Members:
    """Compares interfaces along one axis."""

    def __init__(self, old: Contract, new: Contract, axis: Axis, values: Values) -> None:
        self._old, self._new = old, new
        self._axis = axis
        self._values = values
        self._calls = Calls(axis, values)
        values.objects = self.compare

    def compare(self, old: Cap, new: Cap, caller: Version, _: Place) -> None:
        """Compare two interfaces, of whose objects peers of the version `caller` call members."""
        before, now = self._old.interfaces[old.ref], self._new.interfaces[new.ref]
        known_before, known_now = filled(before.params, old.args), filled(now.params, new.args)
        here = Place(now.ref.qualname, now.span)
        members = {self._key(member): member for member in now.members}
        renamed = {self._other_key(member): member for member in now.members}
        if self._axis is Axis.PYTHON and caller is Version.OLD:
            self._bases(before, now, here)
        kept: set[str] = set()
        for member in before.members:
            found = members.get(self._key(member))
            moved = renamed.get(self._other_key(member))
            if found is None and moved is not None:
                kept.add(self._key(moved))
                self._renamed(member, moved, here)
            elif found is None:
                self._gone(member, caller, here)
            else:
                kept.add(self._key(found))
                place = here.inside(f"{here.label}.{found.name}", found.span)
                self._both(_filled(member, known_before), _filled(found, known_now), caller, place)
        for name, member in members.items():
            if name not in kept and caller is Version.NEW:
                place = here.inside(f"{here.label}.{member.name}", member.span)
                message = f"{place.label} is new, and objects of old clients do not have it"
                self._values.add("CW505", place, message)

    def _bases(self, old: Interface, new: Interface, here: Place) -> None:
        """Stubs are used as those of the interfaces that theirs extends."""
        now = {ref.qualname for ref in (new.ref, *_extended(new, self._new))}
        for ref in _extended(old, self._old):
            if ref.qualname not in now:
                message = f"{here.label} no longer extends {ref.qualname}, as which it may be used"
                self._values.add("CW507", here, message)

    def root(self, old: Interface, new: Interface) -> None:
        """Compare two interfaces of main objects, which clients call."""
        args: tuple[Type, ...] = tuple(
            Var(Ref("", f"t{place}")) for place in range(max(len(old.params), len(new.params)))
        )
        place = Place(new.ref.qualname, new.span)
        self._values.compare(
            Cap(old.ref, args[: len(old.params)]),
            Cap(new.ref, args[: len(new.params)]),
            Version.NEW,
            place,
        )
        self._values.finish()

    def _key(self, member: Method | Property) -> str:
        return member.name if self._axis is Axis.PYTHON else member.wire_name

    def _other_key(self, member: Method | Property) -> str:
        return member.wire_name if self._axis is Axis.PYTHON else member.name

    def _renamed(self, old: Method | Property, new: Method | Property, here: Place) -> None:
        place = here.inside(f"{here.label}.{new.name}", new.span)
        if self._axis is Axis.PYTHON:
            self._values.add("CW502", place, f"{place.label} was called {old.name} in Python")
        else:
            message = f"{place.label} is called {new.wire_name} on the wire"
            self._values.add("CW504", place, f"{message}, and was {old.wire_name}")

    def _gone(self, member: Method | Property, caller: Version, here: Place) -> None:
        label = f"{here.label}.{member.name}"
        if caller is Version.NEW:
            return  # nobody calls it any more, and an object may have more than it needs
        self._values.add("CW502", here.inside(label), f"{label} is gone, and old clients call it")
        if not member.deprecated:
            message = f"{label} is gone, and was not deprecated before"
            self._values.add("CW553", here.inside(label), message)

    def _both(
        self, old: Method | Property, new: Method | Property, caller: Version, place: Place
    ) -> None:
        match old, new:
            case Property(), Property():
                label = place.label
                self._values.compare(old.type, new.type, caller.other, place.inside(label))
            case Method(), Method():
                self._calls.compare(old, new, caller, place)
            case Method(), _:
                self._values.add("CW503", place, f"{place.label} is a property, and was a method")
            case _:
                self._values.add("CW503", place, f"{place.label} is a method, and was a property")


def _extended(interface: Interface, contract: Contract) -> dict[Ref, None]:
    """All interfaces that one extends, in order."""
    found: dict[Ref, None] = {}
    for base in interface.bases:
        found[base.ref] = None
        found |= _extended(contract.interfaces[base.ref], contract)
    return found


def _filled(member: Method | Property, known: Mapping[Ref, Type]) -> Method | Property:
    if isinstance(member, Property):
        return replace(member, type=substitute(member.type, known))
    return replace(member, signatures=tuple(_signature(each, known) for each in member.signatures))


def _signature(signature: Signature, known: Mapping[Ref, Type]) -> Signature:
    own: dict[Ref, Type] = {
        param.ref: type_variable(place) for place, param in enumerate(signature.type_params)
    }
    everything = {**known, **own}
    return replace(
        signature,
        params=tuple(
            replace(param, type=substitute(param.type, everything)) for param in signature.params
        ),
        returns=substitute(signature.returns, everything),
    )
