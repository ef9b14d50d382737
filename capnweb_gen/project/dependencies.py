"""The files of a project that its sources are made of: what they import, and what that imports.

It is read from the import statements, not from a run of them: a module that fails in the middle of
an edit tells nothing any more, and it is then that one waits for its change.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["imported_files"]


def imported_files(sources: Iterable[tuple[Path, Path]]) -> frozenset[Path]:
    """Sources and the modules below their roots that they lead to, or would if they were there.

    Args:
        sources: files, each with the folder that it and its like are imported from.
    """
    waiting = list(sources)
    found: set[Path] = set()
    while waiting:
        path, root = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [(each, root) for each in _imported(path, root)]
    return frozenset(found)


def _imported(path: Path, root: Path) -> Iterator[Path]:
    """The files that an import statement of a module may lead to."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(root, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(root).parts[: -node.level] if node.level else ()
            parts = [*package, *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                yield from _files(root, [*parts, alias.name])


def _files(root: Path, parts: list[str]) -> Iterator[Path]:
    """The packages on the way to a module, and the module; the last part may be none."""
    for count in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:count])
        yield path / "__init__.py"
        yield path.with_name(f"{path.name}.py")
