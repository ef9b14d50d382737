"""The generator as a function."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from capnweb_gen.checks import check
from capnweb_gen.diagnostics import Diagnostic, Report, without_ignored
from capnweb_gen.emit import prepare_templates, render_package, write_package
from capnweb_gen.ir import WireCase
from capnweb_gen.loader import Source, read
from capnweb_gen.naming import Naming, Recorded, check_naming, name, recorded
from capnweb_gen.plan import package_name, plan

__all__ = ["Result", "generate"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    Attributes:
        package: the folder of the generated package; None after errors.
        changed: the files that were written; empty if all were up to date.
        diagnostics: all that was found, in the order of the source.
    """

    package: Path | None
    changed: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...]


def generate(
    path: str | Path,
    output: str | Path | None = None,
    *,
    wire_case: Literal["same", "camel"] = "same",
    names: Mapping[str, str] | None = None,
    root: str | Path | None = None,
    time_limit: float | None = None,
) -> Result:
    """Generate the package of the interfaces in a file.

    Nothing is written if there is an error.

    Args:
        path: of the file, such as `api.py`.
        output: the folder in which the package (`api_rpc`) is put; beside the file if None.
        wire_case: how names on the wire are made from those in Python.
        names: what single members are called on the wire, such as
            `{"shop.api:Api.list_users": "listUsers"}`.
        root: the folder that modules are imported from. If None it is the first one above the file
            that has no `__init__.py`.
        time_limit: for importing the module, in seconds; None is no limit.

    Returns:
        What was found and written. It never raises for what is wrong with the file.
    """
    report = Report()
    loaded = read(
        [Path(path)],
        report,
        root=None if root is None else Path(root),
        time_limit=time_limit,
        meanwhile=prepare_templates,
    )
    naming = Naming(WireCase(wire_case), names or {})
    check_naming([contract for _, contract in loaded], naming, report)
    loaded = [
        (source, name(contract, naming, _recorded(_folder(source, output))))
        for source, contract in loaded
    ]
    for _, contract in loaded:
        check(contract, report)
    found = without_ignored(report.diagnostics, [source.path for source, _ in loaded])
    if not loaded or report.has_errors():
        return Result(None, (), tuple(found))
    [(source, contract)] = loaded
    report = Report()
    package = plan(contract)
    folder = _folder(source, output)
    changed = write_package(folder, render_package(package), report)
    written = None if report.has_errors() else folder
    return Result(written, tuple(changed), (*found, *report.diagnostics))


def _folder(source: Source, output: str | Path | None) -> Path:
    """That of the package."""
    return (Path(output).absolute() if output else source.path.parent) / package_name(source.module)


def _recorded(folder: Path) -> Recorded | None:
    """What the package that is there calls things."""
    try:
        text = (folder / "contract.json").read_text(encoding="utf-8", errors="replace")
    except OSError:  # there is none, or writing it will tell
        return None
    return recorded(text)
