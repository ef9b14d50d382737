"""From a path to an imported module.

A module is imported for what its annotations mean, under the very name that the generated code will
import it by. It runs in this process; what it leaves behind is taken back: modules below its root
are forgotten again, so that the next run (a test, a watcher) reads the files as they are then.
"""

import contextlib
import importlib
import keyword
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from capnweb_gen.diagnostics import Report, Span

__all__ = ["Source", "find_source", "import_source", "imports_below"]


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


def find_source(path: Path, report: Report) -> Source | None:
    """Tell by which name a file is imported: it goes up through the packages it lies in."""
    path = path.absolute()
    start = Span(str(path), 1, 1, 1, 1)
    if not path.is_file() or path.suffix != ".py":
        problem = "is not a Python file" if path.exists() else "does not exist"
        report.add("CW001", start, f"{path.name} {problem}", "give the path of a .py file")
        return None
    parts = [path.stem]
    root = path.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if parts[-1] == "__init__":
        parts.pop()
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            fix = "rename it, with letters, digits and _ only"
            report.add("CW006", start, f"`{part}` cannot be the name of a module", fix)
            return None
    if not parts or parts[0] in sys.stdlib_module_names:
        message = f"`{'.'.join(parts)}` hides a module of Python's own library, or has no name"
        report.add("CW006", start, message, "rename the file")
        return None
    return Source(path, ".".join(parts), root)


@contextlib.contextmanager
def imports_below(root: Path) -> Iterator[None]:
    """Within it, modules are imported from `root` first; after it, all is as it was before."""
    before = dict(sys.modules)
    path, no_bytecode = list(sys.path), sys.dont_write_bytecode
    for name, module in before.items():
        if _is_in(root, name) and not _lies_below(module, root):
            del sys.modules[name]
    sys.path.insert(0, str(root))
    # A stale .pyc is told by its age in seconds, and sources may change faster than that.
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name in set(sys.modules) - set(before):
            if _lies_below(sys.modules[name], root):
                del sys.modules[name]
        sys.modules.update(before)
        sys.path[:] = path
        sys.dont_write_bytecode = no_bytecode


def import_source(source: Source, report: Report) -> ModuleType | None:
    """Import a module; whatever it raises becomes a diagnostic."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(source.module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (SystemExit too: the module is the user's)
        _report_failure(error, source, report)
        return None


def _report_failure(error: BaseException, source: Source, report: Report) -> None:
    """Say why an import failed, with those lines of the traceback that are the user's."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if _owner(frame.filename, [str(source.root), *sys.path]) == str(source.root)
    ]
    notes: list[str] = []
    span = source.start
    for frame in frames:
        file = Path(frame.filename)
        notes.append(f"{file.relative_to(source.root).as_posix()}:{frame.lineno}: {frame.line}")
        if file == source.path and frame.lineno:
            start, end = (frame.colno or 0) + 1, (frame.end_colno or 0) + 1
            span = Span(str(file), frame.lineno, start, frame.end_lineno or frame.lineno, end)
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    report.add(
        "CW002",
        span,
        f"importing {source.module} failed: {reason}",
        f"make `python -c 'import {source.module}'` work in the folder it is imported from",
        tuple(notes),
    )


def _is_in(root: Path, name: str) -> bool:
    """Whether a module of this name would be imported from `root`."""
    top = root / name.partition(".")[0]
    return top.with_suffix(".py").is_file() or (top / "__init__.py").is_file()


def _lies_below(module: ModuleType, root: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and _owner(file, [str(root), *sys.path]) == str(root)


def _owner(file: str, folders: list[str]) -> str | None:
    """The innermost of `folders` that a file lies in: a virtual environment in a project is not
    the project.
    """
    above = [folder for folder in folders if folder and Path(file).is_relative_to(folder)]
    return max(above, key=len, default=None)
