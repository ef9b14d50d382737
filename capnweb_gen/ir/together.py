"""Several modules whose packages are generated in one run, and use each other.

An interface or record that is defined in one of the modules is generated in that module's package
alone; the others take it from there. What is defined elsewhere is generated wherever it is needed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from capnweb_gen.ir.contract import Contract, Interface, Surroundings, TypeDef, in_order
from capnweb_gen.ir.heritage import Heritage
from capnweb_gen.ir.types import Cap, Named, Ref, Type, walk

__all__ = ["together"]


def together(contracts: Sequence[Contract], packages: Mapping[str, str]) -> list[Contract]:
    """Tell contracts of each other.

    Args:
        contracts: of different modules.
        packages: for the module of each, the name under which what is generated is imported.

    Returns:
        The same, each with what others need of its module, and with its surroundings.
    """
    cyclic = _cyclic(contracts, packages)
    found: list[Contract] = []
    for contract in contracts:
        others = {name: package for name, package in packages.items() if name != contract.module}
        surroundings = Surroundings(others, cyclic=cyclic)
        found.append(_completed(replace(contract, surroundings=surroundings), contracts))
    extended = frozenset(ref for contract in found for ref in _extended(contract))
    return [
        replace(contract, surroundings=replace(contract.surroundings, extended=extended))
        for contract in found
    ]


def _extended(contract: Contract) -> Iterator[Ref]:
    heritage = Heritage.of_classes(contract)
    for interface in contract.interfaces.values():
        yield from (base.ref for base in heritage.bases(interface))


def _cyclic(
    contracts: Iterable[Contract], packages: Mapping[str, str]
) -> frozenset[tuple[str, str]]:
    """The pairs of modules whose packages would have to be imported before each other."""
    needed: dict[str, set[str]] = defaultdict(set)
    for contract in contracts:
        for interface in contract.interfaces.values():
            own = interface.ref.module
            user = own if own in packages else contract.module
            needed[user] |= {base.ref.module for base in interface.bases} & set(packages)
    for middle in packages:  # the transitive closure
        for each in packages:
            if middle in needed[each]:
                needed[each] |= needed[middle]
    return frozenset(
        (one, other)
        for one in packages
        for other in packages
        if one != other and other in needed[one] and one in needed[other]
    )


def _completed(contract: Contract, contracts: Iterable[Contract]) -> Contract:
    """With those definitions of its module that only others lead to, and all that they need."""
    interfaces, types = dict(contract.interfaces), dict(contract.types)
    for other in contracts:
        waiting = [ref for ref in _defined(other) if ref.module == contract.module]
        waiting = [ref for ref in waiting if not ref.is_private]
        while waiting:
            ref = waiting.pop()
            if ref in interfaces or ref in types:
                continue
            definition = _defined(other)[ref]
            if isinstance(definition, Interface):
                interfaces[ref] = definition
            else:
                types[ref] = definition
            waiting += _needed(definition, other)
    added = (interfaces.keys() | types.keys()) - _defined(contract).keys()
    whole = replace(
        contract,
        interfaces=in_order(interfaces, contract.module),
        types=in_order(types, contract.module),
    )
    beyond = _defined(whole).keys() - set(_used(whole))
    surroundings = replace(contract.surroundings, added=frozenset(added), beyond=frozenset(beyond))
    return replace(whole, surroundings=surroundings)


def _used(contract: Contract) -> dict[Ref, None]:
    """What the definitions of the module lead to, up to what is generated elsewhere."""
    found: dict[Ref, None] = {}
    waiting = [ref for ref in _defined(contract) if ref.module == contract.module]
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found[ref] = None
            if not contract.is_elsewhere(ref):
                waiting += _needed(_defined(contract)[ref], contract)
    return found


def _defined(contract: Contract) -> dict[Ref, Interface | TypeDef]:
    return {**contract.interfaces, **contract.types}


def _needed(definition: Interface | TypeDef, contract: Contract) -> Iterator[Ref]:
    """What a definition is written with, as far as that has a definition too."""
    for t in _types(definition, contract):
        yield from (part.ref for part in walk(t) if isinstance(part, Named | Cap))


def _types(definition: Interface | TypeDef, contract: Contract) -> Iterator[Type]:
    if isinstance(definition, TypeDef):
        yield from contract.parts(definition)
        yield from (Named(ref) for ref in definition.ancestors if ref in contract.types)
    else:
        yield from definition.bases
        for member in definition.members:
            yield from member.types
