"""What members and options are called on the wire.

First what is said for this very name: in the configuration, else in the source (`@rpc.wire_name`).
Then what the interface that it is inherited from calls it, since an object that serves both has one
name for it. Then what a contract that was generated before calls it. Then the case.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import (
    Contract,
    Interface,
    Method,
    Param,
    ParamKind,
    Property,
    Ref,
    WireCase,
)

__all__ = ["Naming", "Recorded", "camel_case", "check_naming", "name", "recorded"]

#: The names on the wire of members and options, by "module:Interface.member[.option]" in Python.
_Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """What a project says about names.

    Attributes:
        wire_case: how names are made.
        names: what members and options are called instead, by "module:Interface.member" and
            "module:Interface.member.option".
    """

    wire_case: WireCase = WireCase.SAME
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a contract.json calls things.

    Attributes:
        wire_case: in which it was made.
        names: those of members and options, by the same keys as in `Naming`.
    """

    wire_case: str
    names: _Names


def recorded(text: str) -> Recorded:
    """The names in a contract.json, as far as it can be read.

    One that is damaged, or of a later form, has none: what is generated now is to replace it.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    interfaces = _object(_object(whole).get("interfaces"))
    names: dict[str, str] = {}
    for ref, interface in interfaces.items():
        for wire_name, member in _object(_object(interface).get("members")).items():
            path = f"{ref}.{_attribute(wire_name, member)}"
            names[path] = wire_name
            overloads = _object(member).get("overloads")
            for signature in overloads if isinstance(overloads, list) else [member]:
                for key, option in _object(_object(signature).get("options")).items():
                    names[f"{path}.{_attribute(key, option)}"] = key
    return Recorded(str(_object(whole).get("wire_case", WireCase.SAME.value)), names)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _attribute(wire_name: str, part: object) -> str:
    """What is called `wire_name` on the wire, in Python."""
    return str(_object(part).get("attribute", wire_name))


def camel_case(name: str) -> str:
    """`list_users` in camel case: `listUsers`.

    A name without small letters is first written in small ones (`MAX_SIZE`). Then each character
    that follows underscores is made a capital, and the underscores are left out. Underscores at the
    beginning and the end stay; so do all other characters: `get_URL` is `getURL`.
    """
    inner = name.strip("_")
    first = len(name) - len(name.lstrip("_"))
    words = (inner.lower() if inner.isupper() else inner).split("_")
    made = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return f"{name[:first]}{made}{name[first + len(inner) :]}"


def name(contract: Contract, naming: Naming, previous: Recorded | None = None) -> Contract:
    """Give everything in a contract its name on the wire.

    Args:
        contract: as it was read.
        naming: what the project says.
        previous: of the contract.json that was generated last. What has a name there keeps it, if
            both were made in the same case: no change in how names are made can then change the
            wire. A name of other letters was given by hand, and does not stay when it is taken
            back.
    """
    is_same = previous is not None and previous.wire_case == naming.wire_case.value
    namer = _Namer(contract, naming, previous.names if previous and is_same else {})
    interfaces = {ref: namer.interface(ref) for ref in contract.interfaces}
    return replace(contract, interfaces=interfaces, wire_case=naming.wire_case)


def check_naming(contracts: Iterable[Contract], naming: Naming, report: Report) -> None:
    """Report names in the configuration that stand for nothing, or cannot be names.

    Those of modules that are not read in this run may stand for something.
    """
    read = list(contracts)
    known = {key for contract in read for key in _keys(contract)}
    modules = {contract.module: contract for contract in read}
    for key, wire_name in naming.names.items():
        contract = modules.get(key.partition(":")[0])
        if contract is None:
            continue
        place = min(contract.defined.values(), key=lambda span: span.line)
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            fix = f"write {near[0]!r}" if near else "write it as module:Interface.member"
            message = f"the configuration names {key!r}, which is not there"
            report.add("CW308", place, message, fix)
        elif not wire_name.isidentifier():
            message = f"the configuration calls {key!r} {wire_name!r} on the wire, which is no name"
            report.add("CW308", place, message, "use letters, digits and _")


class _Namer:
    """Names the interfaces of one contract, each after those that it inherits from."""

    def __init__(self, contract: Contract, naming: Naming, frozen: _Names) -> None:
        self._contract = contract
        self._said = {**contract.named, **naming.names}
        self._case = naming.wire_case
        self._frozen = frozen
        self._named: dict[Ref, Interface] = {}

    def interface(self, ref: Ref) -> Interface:
        """An interface with the names of its members."""
        if ref not in self._named:
            interface = self._contract.interfaces[ref]
            inherited: dict[str, str] = {}
            for base in reversed(interface.bases):
                inherited |= dict(_of_interface(self.interface(base.ref)))
            members = tuple(self._member(each, ref, inherited) for each in interface.members)
            self._named[ref] = replace(interface, members=members)
        return self._named[ref]

    def _member(
        self, member: Method | Property, ref: Ref, inherited: Mapping[str, str]
    ) -> Method | Property:
        wire_name = self._wire_name(member.name, member.name, ref, inherited)
        if isinstance(member, Property):
            return replace(member, wire_name=wire_name)
        signatures = tuple(
            replace(
                signature,
                params=tuple(
                    self._param(param, member.name, ref, inherited) for param in signature.params
                ),
            )
            for signature in member.signatures
        )
        return replace(member, wire_name=wire_name, signatures=signatures)

    def _param(self, param: Param, method: str, ref: Ref, inherited: Mapping[str, str]) -> Param:
        if param.kind is not ParamKind.OPTION:  # only its position is known to the peer
            return param
        wire_name = self._wire_name(f"{method}.{param.name}", param.name, ref, inherited)
        return replace(param, wire_name=wire_name)

    def _wire_name(self, path: str, own: str, ref: Ref, inherited: Mapping[str, str]) -> str:
        said = self._said.get(f"{ref}.{path}") or inherited.get(path)
        if said:
            return said
        made = camel_case(own) if self._case is WireCase.CAMEL else own
        before = self._frozen.get(f"{ref}.{path}", made)
        return before if _letters(before) == _letters(made) else made


def _keys(contract: Contract) -> Iterator[str]:
    return chain.from_iterable(
        (f"{ref}.{path}" for path, _ in _of_interface(interface))
        for ref, interface in contract.interfaces.items()
    )


def _of_interface(interface: Interface) -> Iterator[tuple[str, str]]:
    """The members as `name` and their options as `name.option`, each with its name on the wire."""
    for member in interface.members:
        yield member.name, member.wire_name
        if isinstance(member, Method):
            for param in member.params:
                if param.kind is ParamKind.OPTION:
                    yield f"{member.name}.{param.name}", param.wire_name


def _letters(name: str) -> str:
    return name.replace("_", "").casefold()
