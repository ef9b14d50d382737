"""What an interface has of its own, and what it takes over from those that it extends.

A generated class inherits from the class of each base, and has only what is new: members that the
interface adds or overrides, and those that mean something else in it, as what returns `Self` does.

Where an override cannot be that of a generated class, though the user's own is right (a promise of
`User` is no promise of `User | None`), the class does without that base: it inherits from what the
base inherits from, and has the base's members itself.
"""

from collections.abc import Callable, Iterable, Iterator

from capnweb_gen.ir.contract import Contract, Interface, Member, substitute_in
from capnweb_gen.ir.overrides import objection
from capnweb_gen.ir.subtypes import GeneratedTypes
from capnweb_gen.ir.types import Cap, Ref, Type, substitute

__all__ = ["Heritage"]


class Heritage:
    """The bases that interfaces inherit from, and their own members."""

    def __init__(self, contract: Contract) -> None:
        """As the interfaces were written: so the runtime knows them."""
        self._contract = contract
        self._bases = {ref: each.bases for ref, each in contract.interfaces.items()}
        self._classes: dict[Ref, type] = {}
        self._refs: dict[type, Ref] = {}
        self._own: dict[Ref, tuple[Member, ...]] = {}

    @classmethod
    def of_classes(cls, contract: Contract) -> "Heritage":
        """That of the generated classes."""
        heritage = cls(contract)
        types = GeneratedTypes(contract, heritage.extends)

        def fits(interface: Interface, base: Cap) -> bool:
            members = {member.name: member for member in interface.members}
            return _can_be_base(interface.ref, base.ref, contract) and all(
                objection(members[each.name], each, types.accepted, types.promised) is None
                and objection(members[each.name], each, types.received, types.accepted) is None
                for each in heritage.members(base)
                if members[each.name] != each
            )

        # What inherits less may fit less: so until nothing changes any more.
        while not all(heritage._narrow(each, fits) for each in contract.interfaces.values()):
            pass
        return heritage

    def bases(self, interface: Interface) -> tuple[Cap, ...]:
        """What it inherits from, directly."""
        return self._bases[interface.ref]

    def in_order(self) -> list[Interface]:
        """All interfaces, those that others inherit from before them."""
        found: dict[Ref, Interface] = {}

        def visit(interface: Interface) -> None:
            for base in self.bases(interface):
                visit(self._contract.interfaces[base.ref])
            found.setdefault(interface.ref, interface)

        for interface in self._contract.interfaces.values():
            visit(interface)
        return list(found.values())

    def extends(self, cap: Cap, other: Cap) -> bool:
        """Whether an interface is another, or inherits from it."""
        return cap == other or any(self.extends(base, other) for base in self._bases_of(cap))

    def members(self, cap: Cap) -> Iterator[Member]:
        """All members of an interface, for its type arguments."""
        known = self._known(cap)
        for member in self._contract.interfaces[cap.ref].members:
            yield substitute_in(member, known)

    def own(self, interface: Interface) -> tuple[Member, ...]:
        """The members that it does not inherit as they are, in order."""
        if interface.ref not in self._own:
            inherited = self._inherited(interface)
            self._own[interface.ref] = tuple(
                each for each in interface.members if inherited.get(each.name) != each
            )
        return self._own[interface.ref]

    def _inherited(self, interface: Interface) -> dict[str, Member]:
        ancestors = {cap.ref: cap for cap in self._ancestors(Cap(interface.ref, interface.params))}
        found: dict[str, Member] = {}
        for cls in reversed(self._class(interface.ref).__mro__[1:-1]):
            ref = self._refs[cls]
            known = self._known(ancestors[ref])
            for member in self.own(self._contract.interfaces[ref]):
                found[member.name] = substitute_in(member, known)
        return found

    # ---- bases

    def _narrow(self, interface: Interface, fits: Callable[[Interface, Cap], bool]) -> bool:
        """Replace bases that do not fit by their own bases; true if all do."""
        bases = self._bases[interface.ref]
        fitting = [base for base in bases if fits(interface, base)]
        if len(fitting) == len(bases):
            return True
        others = [
            further for base in bases if base not in fitting for further in self._bases_of(base)
        ]
        self._bases[interface.ref] = self._without_repetition([*fitting, *others])
        return False

    def _without_repetition(self, bases: Iterable[Cap]) -> tuple[Cap, ...]:
        """Without those that others of them inherit from: Python might refuse them."""
        unique = list(dict.fromkeys(bases))
        return tuple(
            base
            for base in unique
            if not any(other != base and self.extends(other, base) for other in unique)
        )

    def _bases_of(self, cap: Cap) -> list[Cap]:
        known = self._known(cap)
        found = (substitute(base, known) for base in self._bases[cap.ref])
        return [base for base in found if isinstance(base, Cap)]

    def _known(self, cap: Cap) -> dict[Ref, Type]:
        """What the type parameters of an interface stand for."""
        params = self._contract.interfaces[cap.ref].params
        return {param.ref: arg for param, arg in zip(params, cap.args, strict=True)}

    def _ancestors(self, cap: Cap) -> Iterator[Cap]:
        yield cap
        for base in self._bases_of(cap):
            yield from self._ancestors(base)

    def _class(self, ref: Ref) -> type:
        """A class with such bases: Python itself works out the order in which it looks."""
        if ref not in self._classes:
            bases = tuple(self._class(base.ref) for base in self._bases[ref])
            made = self._classes[ref] = type(ref.stem, bases, {})
            self._refs[made] = ref
        return self._classes[ref]


def _can_be_base(ref: Ref, base: Ref, contract: Contract) -> bool:
    """Whether the class of `base` is the one of which that of `ref` can inherit."""
    if contract.is_elsewhere(ref) and not contract.is_elsewhere(base):
        # What is in no module of the run is generated in each package that needs it.
        return base.module == contract.module and not _is_cyclic(ref, base, contract)
    return not _is_cyclic(ref, base, contract)


def _is_cyclic(ref: Ref, base: Ref, contract: Contract) -> bool:
    homes = [
        each.module if contract.is_elsewhere(each) else contract.module for each in (ref, base)
    ]
    return tuple(homes) in contract.surroundings.cyclic
