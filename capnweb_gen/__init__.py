"""Code generator: typed clients and server skeletons from Python Protocols.

    result = capnweb_gen.generate("api.py")
    for diagnostic in result.diagnostics: ...

The command line `capnweb-gen` does the same.
"""

from capnweb_gen.api import Result, generate
from capnweb_gen.diagnostics import Diagnostic, Severity, Span

__all__ = ["Diagnostic", "Result", "Severity", "Span", "generate"]
