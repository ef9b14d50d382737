"""What things are called in the declarations of one contract."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from capnweb_gen.ir import Contract, Ref
from capnweb_gen.typescript.text import type_name

__all__ = ["TEXTS", "Names"]

#: Scalars that are text or a number on the wire: what they are called, are, and look like.
TEXTS: Final = {
    "decimal": ("Decimal", "string", 'A decimal number as text, such as "12.50".'),
    "uuid": ("Uuid", "string", "A UUID as text, in lower case and with hyphens."),
    "date": ("DateText", "string", 'A day of the calendar as text, such as "2024-12-31".'),
    "time": ("TimeText", "string", 'A time of day as text, such as "23:59:59.5".'),
    "timedelta": ("Seconds", "number", "A duration in seconds."),
    "path": ("Path", "string", "A path of the server's file system."),
    "purepath": ("Path", "string", "A path of the server's file system."),
    "pureposixpath": ("Path", "string", "A path of the server's file system."),
}

_IMPORTED: Final = ("RpcStub", "RpcTarget")


@dataclass(slots=True)
class Names:
    """Gives each definition one name, and spells everything else around them.

    A user's class may be called `Date` or `RpcStub`: it keeps its name, and what it would hide is
    reached in another way.
    """

    contract: Contract
    _refs: dict[Ref, str] = field(init=False, default_factory=dict)
    _made: dict[str, str] = field(init=False, default_factory=dict)
    _imports: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for ref in self._in_order():
            stem = ref.stem
            if stem in self._refs.values():  # of another module
                stem = f"{stem}Of{ref.module.rpartition('.')[2].title().replace('_', '')}"
            self._refs[ref] = type_name(stem, self._taken())

    def _in_order(self) -> Iterator[Ref]:
        """All definitions; those of the module itself may choose first."""
        refs = [*self.contract.interfaces, *self.contract.types]
        own = self.contract.module
        yield from sorted(refs, key=lambda ref: ref.module != own)

    def _taken(self) -> list[str]:
        return [*self._refs.values(), *self._made.values()]

    def of(self, ref: Ref) -> str:
        """A definition of the user's."""
        return self._refs[ref]

    def input_of(self, ref: Ref) -> str:
        """What may be passed for one."""
        return self._make(f"input {ref}", f"{self._refs[ref]}Input")

    def text(self, scalar: str) -> str:
        """A scalar of `TEXTS`."""
        name = TEXTS[scalar][0]
        return self._make(f"text {name}", name)

    def texts(self) -> list[tuple[str, str, str]]:
        """Those that were used: their names, what they are, what is said of them."""
        known = {f"text {name}": (is_, doc) for name, is_, doc in TEXTS.values()}
        return sorted((name, *known[use]) for use, name in self._made.items() if use in known)

    def _make(self, use: str, name: str) -> str:
        if use not in self._made:
            self._made[use] = type_name(name, self._taken())
        return self._made[use]

    def builtin(self, name: str) -> str:
        """A type that JavaScript has everywhere."""
        return f"globalThis.{name}" if name in self._taken() else name

    def imported(self, name: str) -> str:
        """A type of the npm package."""
        self._imports.add(name)
        return type_name(name, self._refs.values())

    def import_statement(self) -> str:
        """The import of all that was used."""
        names = [
            name if self.imported(name) == name else f"{name} as {self.imported(name)}"
            for name in _IMPORTED
            if name in self._imports
        ]
        return f'import type {{ {", ".join(names)} }} from "capnweb";'
