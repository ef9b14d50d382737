"""Contracts of files: contract.json, or a module of Protocols."""

from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, parse_contract
from capnweb_gen.loader import load

__all__ = ["contract_of_file"]


def contract_of_file(path: Path, report: Report) -> Contract | None:
    """The contract that a file has.

    Args:
        path: of a contract.json, or of a Python file, which is imported.
        report: takes what is wrong.

    Returns:
        None if that is an error.
    """
    if path.suffix != ".json":
        loaded = load(path, report)
        return None if loaded is None or report.has_errors() else loaded[1]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        span = Span(str(path), 1, 1, 1, 1)
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        report.add("CW008", span, f"the file cannot be read: {why}", "name a contract.json")
        return None
    return parse_contract(text, str(path), report)
