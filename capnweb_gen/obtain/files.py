"""Contracts of files: contract.json, or a module of Protocols."""

from pathlib import Path

from capnweb_gen.checks import check
from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, parse_contract
from capnweb_gen.loader import read
from capnweb_gen.naming import Naming, check_naming, name

__all__ = ["contract_of_file"]


def contract_of_file(path: Path, naming: Naming, report: Report) -> Contract | None:
    """The contract that a file has.

    Args:
        path: of a contract.json, or of a Python file, which is imported in a process of its own.
        naming: how names on the wire are made; a contract.json tells them itself.
        report: takes what is wrong.

    Returns:
        None if that is an error.
    """
    if path.suffix != ".json":
        return _of_module(path, naming, report)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        span = Span(str(path), 1, 1, 1, 1)
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        report.add("CW008", span, f"the file cannot be read: {why}", "name a contract.json")
        return None
    return parse_contract(text, str(path), report)


def _of_module(path: Path, naming: Naming, report: Report) -> Contract | None:
    loaded = read([path], report)
    check_naming([contract for _, contract in loaded], naming, report)
    contracts = [name(contract, naming) for _, contract in loaded]
    for contract in contracts:
        check(contract, report)
    return None if report.has_errors() or not contracts else contracts[0]
