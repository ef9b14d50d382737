"""From a path to the name of a module, which is what generated code imports it by."""

import keyword
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from capnweb_gen.diagnostics import Report, Span

__all__ = ["Source", "find_source", "import_name"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of interfaces.

    Attributes:
        path: absolute.
        module: the dotted name that it is imported by.
        root: the folder from which it is imported by that name.
    """

    path: Path
    module: str
    root: Path

    @property
    def start(self) -> Span:
        """The place of what concerns the file as a whole."""
        return Span(str(self.path), 1, 1, 1, 1)


def find_source(path: Path, report: Report, root: Path | None = None) -> Source | None:
    """Tell by which name a file is imported.

    Args:
        path: of the file.
        report: takes why it has no such name.
        root: the folder that modules are imported from. If None it is the first one above the file
            that is no package; who has packages without `__init__.py` has to say.
    """
    path = _absolute(path)
    start = Span(str(path), 1, 1, 1, 1)
    if not path.is_file() or path.suffix != ".py":
        problem = "is not a Python file" if path.exists() else "does not exist"
        report.add("CW001", start, f"{path.name} {problem}", "give the path of a .py file")
        return None
    if not os.access(path, os.R_OK):
        fix = "let this user read it"
        report.add("CW001", start, f"{path.name} cannot be read: Permission denied", fix)
        return None
    root = _absolute(root) if root else _first_that_is_no_package(path.parent)
    if not path.is_relative_to(root):
        fix = "give a folder that the file lies in"
        report.add("CW001", start, f"{path.name} does not lie below {root}", fix)
        return None
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    reason = _problem_of(parts)
    if reason:
        report.add("CW006", start, *reason)
        return None
    return Source(path, ".".join(parts), root)


def import_name(package: Path, source: Source) -> str:
    """The name that a generated package, which need not be there yet, is imported by."""
    below = package.is_relative_to(source.root)
    root = source.root if below else _first_that_is_no_package(package.parent)
    return ".".join(package.relative_to(root).parts)


def _absolute(path: Path) -> Path:
    """Without `..`, but with symbolic links as they are: they may be what names the module."""
    return Path(os.path.normpath(path.absolute()))


def _first_that_is_no_package(folder: Path) -> Path:
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _problem_of(parts: list[str]) -> tuple[str, str] | None:
    """Why this cannot be the name of a module, and what to do."""
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            fix = "rename it, with letters, digits and _ only"
            return f"`{part}` cannot be the name of a module", fix
    if not parts or parts[-1] == "__main__":
        return f"`{'.'.join(parts)}` is a program, or has no name", "move the interfaces to a file"
    if parts[0] in sys.stdlib_module_names:
        return f"`{'.'.join(parts)}` hides a module of Python's own library", "rename the file"
    return None
