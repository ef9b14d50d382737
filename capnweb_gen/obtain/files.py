"""Contracts that are files: contract.json."""

from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, parse_contract

__all__ = ["contract_of_file"]


def contract_of_file(path: Path, report: Report) -> Contract | None:
    """The contract that a contract.json has.

    Args:
        path: of the file.
        report: takes what is wrong.

    Returns:
        None if something is.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        span = Span(str(path), 1, 1, 1, 1)
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        report.add("CW008", span, f"the file cannot be read: {why}", "name a contract.json")
        return None
    return parse_contract(text, str(path), report)
