"""The names of what is generated, as far as they follow from the contract."""

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from capnweb_gen.ir.contract import Contract
from capnweb_gen.ir.types import Cap, Named, Ref, Type, variables, walk
from capnweb_gen.ir.words import snake_case, words_of

__all__ = [
    "Generated",
    "attribute_of",
    "captures",
    "export_name",
    "filled_interfaces",
    "generated_names",
    "is_name",
]

#: Public names that every stub and promise has. A member called so gets a `_` on its stub.
_PUBLIC_OF_REFS: Final = frozenset({"dup", "dispose", "on_broken"})

#: Names of generated modules that a parameter could hide from the body around it.
_PRIVATE: Final = re.compile(
    r"_(b|t|te|abc|dc|dt|dec|path|uuid|am|r|s|c|srv|api|item|promise|(m|p|s|sf|f|i|if)_.*|.*_[PS])"
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A public name of a generated package, and what it is generated for."""

    name: str
    ref: Ref
    on_server: bool


def generated_names(contract: Contract) -> list[Generated]:
    """All public names of the package, in the order of what they stand for."""
    made: list[Generated] = []
    for ref, definition in contract.types.items():
        if definition.is_record and contract.is_generated(ref):
            made.append(Generated(f"{ref.stem}Promise", ref, on_server=False))
            if contract.carries(Named(ref, definition.params)):
                made.append(Generated(f"{ref.stem}Result", ref, on_server=False))
    for ref, interface in contract.interfaces.items():
        if not contract.is_generated(ref):
            continue
        made += [
            Generated(f"{ref.stem}Stub", ref, on_server=False),
            Generated(f"{ref.stem}Promise", ref, on_server=False),
            Generated(f"{ref.stem}Target", ref, on_server=True),
        ]
        if not interface.params:
            made.append(Generated(export_name(Cap(ref)), ref, on_server=True))
    for name, cap in filled_interfaces(contract).items():
        made.append(Generated(name, cap.ref, on_server=False))
    return made


def attribute_of(name: str, *, more: frozenset[str] = frozenset()) -> str:
    """What a member is called on a stub or promise."""
    return f"{name}_" if name in _PUBLIC_OF_REFS | more else name


def captures(name: str) -> bool:
    """Whether a parameter of this name would hide one of the private names around it."""
    return _PRIVATE.fullmatch(name) is not None


def is_name(text: str) -> bool:
    """Whether it can be an attribute or parameter."""
    return text.isidentifier() and not keyword.iskeyword(text)


def export_name(cap: Cap) -> str:
    """`export_authed_api` for AuthedApi, `export_repo_user` for Repo[User]."""
    return f"export_{snake_case(words_of(cap) if cap.args else cap.ref.stem)}"


def filled_interfaces(contract: Contract) -> dict[str, Cap]:
    """The generic interfaces with the type arguments that they have in the package's own types.

    Returns:
        Each by the name of the function that makes a stub of a local object.
    """
    found: dict[str, Cap] = {}
    taken = {export_name(Cap(each.ref)) for each in contract.interfaces.values()}
    for t in _annotations(contract):
        for part in walk(t):
            if isinstance(part, Cap) and part.args and not variables(part):
                name, number = export_name(part), 2
                while name in taken and found.get(name) != part:
                    name, number = f"{export_name(part)}_{number}", number + 1
                found[name] = part
                taken.add(name)
    return found


def _annotations(contract: Contract) -> Iterator[Type]:
    for ref, interface in contract.interfaces.items():
        if contract.is_generated(ref):
            for member in interface.members:
                yield from member.types
    for ref, definition in contract.types.items():
        if contract.is_generated(ref):
            yield from contract.parts(definition)
