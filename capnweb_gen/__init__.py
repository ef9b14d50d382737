"""Code generator: typed clients and server skeletons from Python Protocols.

    result = capnweb_gen.generate("api.py")
    for diagnostic in result.diagnostics: ...

The command line `capnweb-gen` does the same.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capnweb_gen.api import Checked, Result, Scaffold, check, generate, scaffold
    from capnweb_gen.diagnostics import Diagnostic, Severity, Span

__all__ = [
    "Checked",
    "Diagnostic",
    "Result",
    "Scaffold",
    "Severity",
    "Span",
    "check",
    "generate",
    "scaffold",
]

_OF_DIAGNOSTICS = {"Diagnostic", "Severity", "Span"}


def __getattr__(name: str) -> object:
    """What is public, imported when it is used: the process that reads sources needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "diagnostics" if name in _OF_DIAGNOSTICS else "api"
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
