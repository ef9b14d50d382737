"""What is known while a module is written: names, what has to be imported, and what is lost."""

from dataclasses import dataclass, field

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.importer.imports import Imports
from capnweb_gen.importer.model import Intersection, Module, Node, Object
from capnweb_gen.importer.names import free
from capnweb_gen.importer.natures import Natures, mentions

__all__ = ["Context", "Inline"]


@dataclass(frozen=True, slots=True)
class Inline:
    """An object type without a name of its own, and the one that it got."""

    name: str
    node: Object | Intersection
    type_params: tuple[str, ...]


@dataclass(slots=True)
class Context:
    """What the parts of one module share while they are written.

    Attributes:
        module: what the TypeScript file declares.
        natures: what becomes of each declaration.
        report: takes what cannot be expressed.
        inline: object types that were met, and are to be declared.
        imports: what has to be imported.
        has_numbers: whether there are any.
        shadowed: names of builtins that mean something else where is being written.
        type_params: those of where is being written, in TypeScript's names.
        variables: how type parameters are spelled there.
        type_variables: all type variables, and the ends of their names.
    """

    module: Module
    natures: Natures
    report: Report
    inline: dict[Node, Inline] = field(default_factory=dict)
    imports: Imports = field(default_factory=Imports)
    has_numbers: bool = False
    shadowed: frozenset[str] = frozenset()
    type_params: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    type_variables: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _lost: list[str] = field(default_factory=list)

    # ---- names

    def name(self, key: str) -> str:
        """A declaration's name."""
        if key not in self._names:
            self._names[key] = free(self.module.declarations[key].name, self._taken())
        return self._names[key]

    def _taken(self) -> set[str]:
        return {*self._names.values(), *(each.name for each in self.inline.values())}

    def imported(self, name: str) -> str:
        """A name of Python's library."""
        return self.imports.name(name)

    def builtin(self, name: str) -> str:
        """A builtin, also where a member has its name."""
        return self.imports.builtin(name) if name in self.shadowed else name

    def number(self) -> str:
        """A number, which is an int where it has no fraction."""
        self.has_numbers = True
        return "Number"

    def runtime(self, name: str) -> str:
        """A name of the runtime."""
        return self.imports.runtime(name)

    def variable(self, name: str, variance: str = "") -> str:
        """A type parameter as a type variable, whose name ends with its variance."""
        made = name.removesuffix("_co").removesuffix("_contra") + variance
        self.type_variables[made] = variance
        return made

    def inlined(self, node: Object | Intersection, name: str) -> Inline:
        """What an object type without a name becomes: `name`, or one like it that is free."""
        if node not in self.inline:
            declared = (self.name(key) for key in self.module.declarations)
            params = tuple(each for each in self.type_params if mentions(node, each))
            self.inline[node] = Inline(free(name, {*declared, *self._taken()}), node, params)
        return self.inline[node]

    # ---- what is lost

    def lose(self, span: Span, text: str, why: str) -> str:
        """Report a type that cannot be expressed."""
        said = " ".join(text.split()) or "a type"
        message = f"{said} becomes Any: {why}"
        fix = "write the type that you want in the Python module, or change the TypeScript"
        self.report.add("CW610", span, message, fix)
        self._lost.append(f"TypeScript: {said} ({why})")
        return self.imported("Any")

    def note(self, text: str) -> None:
        """Say something above the member that is being written."""
        self._lost.append(text)

    def lost(self) -> list[str]:
        """What was lost since the last time."""
        lost, self._lost = list(dict.fromkeys(self._lost)), []
        return lost
