"""From a TypeScript file to a Python module of Protocols.

The TypeScript compiler of the user's project reads (dump.mjs), and what it tells is made into
Python here. What Python cannot express is reported with its place in the TypeScript, becomes `Any`,
and is told of in a comment.
"""

import ast
from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.importer.module import python_module
from capnweb_gen.importer.source import read

__all__ = ["import_module"]


def import_module(path: Path, typescript: Path | None, report: Report) -> str | None:
    """The text of the Python module for a TypeScript file.

    Args:
        path: of the file.
        typescript: the folder of the npm package `typescript`; None looks for it.
        report: takes what is wrong, and what could not be expressed.

    Returns:
        The text; None after errors.

    Raises:
        SyntaxError: if what was made is no Python, which is a bug of ours.
    """
    module = read(path, typescript, report)
    if module is None:
        return None
    text = python_module(module, path.name, report)
    if text is None:
        message = f"{path.name} declares no interface with methods"
        fix = "export an interface that extends RpcTarget, or one with methods"
        report.add("CW604", Span(str(path), 1, 1, 1, 1), message, fix)
        return None
    ast.parse(text, path.name)
    return text
