"""The import statements of a module that is written."""

from dataclasses import dataclass, field
from typing import Final

from capnweb_gen.importer.text import WIDTH

__all__ = ["Imports"]

#: Where a type comes from that has to be imported.
_IMPORTS: Final = {
    "Annotated": "typing",
    "Any": "typing",
    "AsyncIterator": "collections.abc",
    "Awaitable": "collections.abc",
    "Callable": "collections.abc",
    "Enum": "enum",
    "Field": "pydantic",
    "Generic": "typing",
    "Literal": "typing",
    "NewType": "typing",
    "NotRequired": "typing",
    "Protocol": "typing",
    "Self": "typing",
    "TypeAlias": "typing",
    "TypeAliasType": "typing_extensions",
    "TypeVar": "typing",
    "TypedDict": "typing_extensions",
    "overload": "typing",
    "dataclass": "dataclasses",
    "datetime": "datetime",
    "deprecated": "typing_extensions",
    "runtime_checkable": "typing",
}


@dataclass(slots=True)
class Imports:
    """What was spelled, and so has to be imported."""

    _names: set[str] = field(default_factory=set)
    _modules: set[str] = field(default_factory=set)

    def name(self, name: str) -> str:
        """A name of `typing` and the like."""
        self._names.add(name)
        return name

    def builtin(self, name: str) -> str:
        """A builtin through its module."""
        self._modules.add("import builtins")
        return f"builtins.{name}"

    def runtime(self, name: str) -> str:
        """A name of the runtime."""
        self._modules.add("import capnweb_runtime as rpc")
        return f"rpc.{name}"

    def statements(self) -> list[str]:
        """In groups that an empty line parts: the library, then the others."""
        library = [line for line in self._modules if line == "import builtins"]
        others = [line for line in self._modules if line not in library]
        names: dict[str, list[str]] = {}
        for name in self._names:
            names.setdefault(_IMPORTS[name], []).append(name)
        for module in sorted(names):
            group = others if module in {"pydantic", "typing_extensions"} else library
            group.append(_import(module, names[module]))
        return ["\n".join(group) for group in (library, others) if group]


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names, key=_import_order))}"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {name},\n" for name in sorted(names, key=_import_order))
    return f"from {module} import (\n{inner})"


def _import_order(name: str) -> tuple[int, str]:
    """As ruff and isort sort: constants, classes, functions."""
    return (1 if name[0].isupper() else 2, name)
