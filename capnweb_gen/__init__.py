"""Code generator: typed clients and server skeletons from Python Protocols.

    result = capnweb_gen.generate("api.py")
    for diagnostic in result.diagnostics: ...

The command line `capnweb-gen` does the same.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capnweb_gen.api import check, generate, scaffold
    from capnweb_gen.diagnostics import Diagnostic, Severity, Span
    from capnweb_gen.from_typescript import Imported, import_typescript
    from capnweb_gen.results import Checked, Result, Scaffold

__all__ = [
    "Checked",
    "Diagnostic",
    "Imported",
    "Result",
    "Scaffold",
    "Severity",
    "Span",
    "check",
    "generate",
    "import_typescript",
    "scaffold",
]

#: What is not of `api`, and where it is.
_HOMES = {
    **dict.fromkeys(("Diagnostic", "Severity", "Span"), "diagnostics"),
    **dict.fromkeys(("Checked", "Result", "Scaffold"), "results"),
    **dict.fromkeys(("Imported", "import_typescript"), "from_typescript"),
}


def __getattr__(name: str) -> object:
    """What is public, imported when it is used: the process that reads sources needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "api")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
