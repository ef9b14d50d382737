"""How files that are not as they would be generated are reported."""

from collections.abc import Iterable
from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.project.compare import Change, Kind, Output
from capnweb_gen.project.manifest import MANIFEST

__all__ = ["report_drift", "report_failure", "report_obstacle"]


def report_obstacle(change: Change, report: Report) -> None:
    """Say why a file cannot be overwritten or deleted."""
    file, span = change.path.name, _place(change.path)
    match change.kind:
        case Kind.FOREIGN:
            message = f"{file} is there already, and was not generated"
            fix = "move it away, choose another folder with --output, or overwrite it with --force"
            report.add("CW901", span, message, fix)
        case Kind.EDITED:
            message = f"{file} was edited since it was generated"
            fix = "move the changes to a file of your own; --force overwrites it"
            report.add("CW903", span, message, fix)
        case _:
            message = f"{file} is no longer generated, but was edited since it was"
            fix = "delete it, or let --force do so"
            report.add("CW903", span, message, fix)


def report_drift(folder: Path, changes: list[Change], report: Report) -> None:
    """Say how the files of a folder differ."""
    fix = "run `capnweb-gen generate`"
    if not folder.exists():
        report.add("CW906", _place(folder), f"{folder.name} is missing", fix)
        return
    # The manifest differs whenever another file does.
    for change in [each for each in changes if each.path.name != MANIFEST] or changes:
        file, span = change.path.name, _place(change.path)
        match change.kind:
            case Kind.MISSING:
                report.add("CW906", span, f"{file} is missing", fix)
            case Kind.OUTDATED:
                report.add("CW905", span, f"{file} is out of date", fix)
            case Kind.ORPHAN:
                deletes = f"{fix}, which deletes it"
                report.add("CW904", span, f"{file} is no longer generated", deletes)
            case _:
                report_obstacle(change, report)


def report_failure(error: OSError, outputs: Iterable[Output], report: Report) -> None:
    """Say what cannot be read or written."""
    message = f"cannot be read or written: {error.strerror}"
    path = Path(error.filename) if error.filename else next(iter(outputs)).folder
    report.add("CW902", _place(path), message, "choose another folder with --output")


def _place(path: Path) -> Span:
    return Span(str(path), 1, 1, 1, 1)
