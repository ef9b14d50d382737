"""How a file that people go on with spells names: plainly, with the imports that they would write.

Generated modules spell everything through private aliases, since names of the user's may be called
anything. Here a name is spelled through an alias only if something else in the file is called so.
"""

import builtins
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from typing_extensions import override

from capnweb_gen.ir import Ref
from capnweb_gen.plan.layout import exploded
from capnweb_gen.plan.spelling import LIBRARY, Spelling

__all__ = ["PlainSpelling"]

_RUNTIME = "capnweb_runtime"

#: Packages of others that may be needed; what else is imported is the user's own.
_OTHERS = {_RUNTIME, "annotated_types", "pydantic", "typing_extensions"}


@dataclass(slots=True)
class PlainSpelling(Spelling):
    """Spells names in one file outside of the generated package.

    Attributes:
        package: the name that the generated package is imported by.
        meanings: what the names in the file stand for: the module that they are imported from, or
            nothing for those that have a meaning from the start. Members are among them: in the
            class that has a method `list`, `list[int]` is no type.
        plain: the names that are imported from modules.
        aliased: the modules that are imported under an alias, since some name was not free.
    """

    package: str = ""
    meanings: dict[str, str] = field(default_factory=dict)
    plain: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    aliased: dict[str, str] = field(default_factory=dict)

    def reserve(self, names: Iterable[str]) -> None:
        """Names that have a meaning in the file already."""
        self.meanings.update(dict.fromkeys(names, ""))

    def module_member(self, module: str, name: str) -> str:
        """A member of a module of Python's library that is imported as a whole."""
        alias = module if self._means(module, module) else f"_{module}"
        self.aliased[module] = alias
        return f"{alias}.{name}"

    @override
    def _through(self, alias: str, name: str) -> str:
        if alias == "_r" and self._means("rpc", _RUNTIME):
            self.aliased[_RUNTIME] = "rpc"
            return f"rpc.{name}"
        module = _RUNTIME if alias == "_r" else LIBRARY[alias].split()[1]
        return self._from(module, name, alias)

    @override
    def generated(self, ref: Ref, kind: str, *, as_base: bool = False) -> str:
        package = self.home(ref) or self.package
        return self._from(package, f"{ref.stem}{kind}", f"_p_{package.replace('.', '_')}")

    @override
    def variable(self, name: str) -> str:
        self.variables[name] = None
        self.meanings[name] = ""
        return name

    @override
    def users(self, ref: Ref) -> str:
        return self._from(ref.module, ref.qualname, f"_m_{ref.module.replace('.', '_')}")

    def _from(self, module: str, name: str, alias: str) -> str:
        first = name.partition(".")[0]
        hides = module != "builtins" and hasattr(builtins, first)
        if hides or not self._means(first, module):
            self.aliased[module] = alias
            return f"{alias}.{name}"
        if module != "builtins":
            self.plain[module].add(first)
        return name

    def _means(self, name: str, module: str) -> bool:
        return self.meanings.setdefault(name, module) == module

    @override
    def imports(self) -> tuple[tuple[str, ...], ...]:
        """The import statements, in the order that isort and ruff know: by origin, then by name."""
        origins: dict[int, list[tuple[bool, str, str]]] = defaultdict(list)
        for is_from, module, statement in self._statements():
            top = module.partition(".")[0]
            origin = 0 if top in sys.stdlib_module_names else 1 if top in _OTHERS else 2
            origins[origin].append((is_from, module, statement))
        return tuple(
            tuple(statement for _, _, statement in sorted(origins[origin]))
            for origin in sorted(origins)
        )

    def _statements(self) -> Iterator[tuple[bool, str, str]]:
        for module, alias in self.aliased.items():
            as_alias = "" if alias == module else f" as {alias}"
            yield False, module, f"import {module}{as_alias}"
        for module, names in self.plain.items():
            line = f"from {module} import {', '.join(sorted(names))}"
            broken = exploded(f"from {module} import (", sorted(names), ")")
            yield True, module, broken if "\n" in broken else line
