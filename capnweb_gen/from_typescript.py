"""The import of TypeScript as a function. It prints nothing, and never raises for its input."""

from dataclasses import dataclass
from pathlib import Path

from capnweb_gen.diagnostics import Diagnostic, Report, Span
from capnweb_gen.importer import import_module
from capnweb_gen.project import Change, Kind, carry_out, was_generated

__all__ = ["Imported", "import_typescript"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        path: of the Python module; None after errors.
        changed: whether it was not up to date.
        diagnostics: all that was found, in the order of the source.
    """

    path: Path | None
    changed: bool
    diagnostics: tuple[Diagnostic, ...]


def import_typescript(
    path: str | Path, output: str | Path | None = None, *, typescript: str | Path | None = None
) -> Imported:
    """Make a Python module of Protocols from a TypeScript file.

    Args:
        path: of the file, such as `api.d.ts`.
        output: the Python file; `api.py` beside it if None.
        typescript: the folder of the npm package `typescript`; it is looked for in `node_modules`
            beside the file and above if None.

    Returns:
        What was found and written.
    """
    report = Report()
    source = Path(path)
    text = import_module(source, Path(typescript) if typescript else None, report)
    if text is None:
        return Imported(None, False, tuple(report.diagnostics))
    stem = source.name.partition(".")[0]
    target = Path(output) if output else source.with_name(f"{stem}.py")
    changed = _written(target.absolute(), text.encode(), report)
    written = None if report.has_errors() else target.absolute()
    return Imported(written, changed, tuple(report.diagnostics))


def _written(path: Path, after: bytes, report: Report) -> bool:
    """Write the module, unless it is there and somebody's own; tell whether it had to be."""
    span = Span(str(path), 1, 1, 1, 1)
    try:
        before = path.read_bytes() if path.exists() else None
        if before and not was_generated(before):
            message = f"{path.name} is there already, and was not generated"
            report.add("CW901", span, message, "move it away, or choose another file with -o")
            return False
        if before == after:
            return False
        carry_out([Change(path, Kind.OUTDATED if before else Kind.MISSING, before, after)])
    except OSError as error:
        message = f"{path.name} cannot be written: {error.strerror}"
        report.add("CW902", span, message, "choose another file with -o")
    return not report.has_errors()
