"""Reading modules for tests: many at once, since it takes a process."""

from collections.abc import Mapping
from pathlib import Path

from capnweb_gen.checks import check
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract
from capnweb_gen.loader import read
from capnweb_gen.naming import Naming, name

__all__ = ["read_all"]


def read_all(folder: Path, texts: Mapping[str, str]) -> dict[str, Contract]:
    """The contracts of modules, by their names.

    Raises:
        AssertionError: if there is an error in one of them.
    """
    for module, text in texts.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    report = Report()
    found = read([folder / f"{module}.py" for module in texts], report)
    contracts = [name(contract, Naming()) for _, contract in found]
    for contract in contracts:
        check(contract, report)
    assert not report.has_errors(), report.diagnostics
    return dict(zip(texts, contracts, strict=True))
