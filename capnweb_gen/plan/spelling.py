"""How generated code spells names.

Everything that is not defined in a generated module is spelled through a private alias (`_b.int`,
`_api.User`): a class or method of the user's may be called `int`, and must not capture it. What is
spelled is noted, so that a module imports what it uses and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from capnweb_gen.ir import Ref

__all__ = ["LIBRARY", "Side", "Spelling"]

#: The import statements of aliases, in their order: Python's library, then the runtime.
LIBRARY: Final = {
    "_b": "import builtins as _b",
    "_abc": "import collections.abc as _abc",
    "_dc": "import dataclasses as _dc",
    "_dt": "import datetime as _dt",
    "_dec": "import decimal as _dec",
    "_path": "import pathlib as _path",
    "_t": "import typing as _t",
    "_uuid": "import uuid as _uuid",
    "_am": "from abc import abstractmethod as _am",
}
_RUNTIME: Final = {
    "_r": "import capnweb_runtime as _r",
    "_s": "import capnweb_runtime.generated as _s",
    "_f": "import capnweb_runtime.testing.fakes as _f",
    "_te": "import typing_extensions as _te",
}


class Side:
    """Which of the generated modules is written; names of another one are spelled through it."""

    CLIENT: Final = "client"
    SERVER: Final = "server"
    FAKE: Final = "fake"


@dataclass(slots=True)
class Spelling:
    """Spells names in one generated module.

    Attributes:
        side: which one it is.
        main: the module that the interfaces were read from.
        home: tells the other package that has what is generated for a definition, if one has.
        used: the aliases that were needed.
        modules: the user's modules that were needed, with their aliases.
        needed: the packages that were needed, and whether for more than annotations.
        aliases: of modules and packages that are not our own.
        variables: the type variables of the module's own that were needed.
    """

    side: str
    main: str
    home: Callable[[Ref], str | None] = lambda _ref: None
    used: set[str] = field(default_factory=set)
    modules: dict[str, str] = field(default_factory=dict)
    needed: dict[str, bool] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    variables: dict[str, None] = field(default_factory=dict)

    def _through(self, alias: str, name: str) -> str:
        self.used.add(alias)
        return f"{alias}.{name}"

    def builtin(self, name: str) -> str:
        """A builtin."""
        return self._through("_b", name)

    def typing(self, name: str) -> str:
        """A name of `typing`."""
        return self._through("_t", name)

    def abc(self, name: str) -> str:
        """A name of `collections.abc`."""
        return self._through("_abc", name)

    def dataclass(self, arguments: str) -> str:
        """The dataclass decorator."""
        return self._through("_dc", f"dataclass({arguments})")

    def library(self, alias: str, name: str) -> str:
        """A class of another module of Python's library, by the alias of that."""
        return self._through(alias, name)

    def abstract(self) -> str:
        """The decorator of abstract methods."""
        self.used.add("_am")
        return "_am"

    def variable(self, name: str) -> str:
        """A type variable of the module's own, in place of one that has no name elsewhere."""
        self.variables[name] = None
        return name

    def variable_definitions(self) -> tuple[str, ...]:
        """The statements that make those."""
        maker = self.typing("TypeVar") if self.variables else ""
        return tuple(f'{name} = {maker}("{name}")' for name in self.variables)

    def extension(self, name: str) -> str:
        """A name of `typing_extensions`."""
        return self._through("_te", name)

    def runtime(self, name: str) -> str:
        """A public class of the runtime."""
        return self._through("_r", name)

    def support(self, name: str) -> str:
        """What the runtime has for generated code."""
        return self._through("_s", name)

    def fakes(self, name: str) -> str:
        """What the runtime has for fakes."""
        return self._through("_f", name)

    def generated(self, ref: Ref, kind: str, *, as_base: bool = False) -> str:
        """A class that is generated for an interface or model.

        Args:
            ref: of the interface or model.
            kind: Stub, Promise, Result or Target.
            as_base: whether it is needed when the module is imported, not only in annotations.
        """
        name = f"{ref.stem}{kind}"
        package = self.home(ref)
        if package:
            self.needed[package] = as_base or self.needed.get(package, False)
            return f"{self._alias('_p_', package)}.{name}"
        side = Side.SERVER if kind == "Target" else Side.CLIENT
        if side == self.side:
            return name
        return self._through("_srv" if side == Side.SERVER else "_c", name)

    def users(self, ref: Ref) -> str:
        """Something that the user defined, from the module where that was."""
        alias = "_api" if ref.module == self.main else self._alias("_m_", ref.module)
        self.modules[ref.module] = alias
        return f"{alias}.{ref.qualname}"

    def _alias(self, prefix: str, module: str) -> str:
        if module not in self.aliases:
            alias = prefix + module.replace(".", "_")
            while alias in self.aliases.values():
                alias += "_"
            self.aliases[module] = alias
        return self.aliases[module]

    # ---- imports

    def imports(self) -> tuple[tuple[str, ...], ...]:
        """The import statements for all that was spelled, in groups."""
        if self.checking_imports():
            self.used.add("_t")  # for TYPE_CHECKING
        users = [f"import {module} as {self.modules[module]}" for module in sorted(self.modules)]
        users += self._imports_of_packages(at_once=True)
        own = ["from . import client as _c"] if "_c" in self.used else []
        own += [] if self.side == Side.CLIENT else self._import_of_server()
        groups = (
            tuple(line for alias, line in LIBRARY.items() if alias in self.used),
            tuple(line for alias, line in _RUNTIME.items() if alias in self.used),
            tuple(users),
            tuple(own),
        )
        return tuple(group for group in groups if group)

    def checking_imports(self) -> tuple[str, ...]:
        """Those that only type checkers follow: the packages of a run name each other's classes,
        and so do client and server of each.
        """
        own = self._import_of_server() if self.side == Side.CLIENT else []
        return (*self._imports_of_packages(at_once=False), *own)

    def _import_of_server(self) -> list[str]:
        return ["from . import server as _srv"] if "_srv" in self.used else []

    def _imports_of_packages(self, *, at_once: bool) -> list[str]:
        return [
            f"import {package} as {self.aliases[package]}"
            for package in sorted(self.needed)
            if self.needed[package] is at_once
        ]
