"""Waiting for changes of files.

They are looked at twice a second. That costs some microseconds for each file, and works where
notifications of the system do not come: in containers, on shared folders. It needs no package.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

__all__ = ["INTERVAL", "changes"]

#: Seconds between two looks.
INTERVAL: Final = 0.5

#: What tells one state of a file from another: when it was written, and how long it is.
_State: TypeAlias = tuple[int, int] | None


def changes(
    watched: Callable[[], Iterable[Path]], pause: Callable[[], None]
) -> Iterator[frozenset[Path]]:
    """The files that have changed, come or gone, each time that there are some.

    Args:
        watched: tells the files, of which some may not be there; asked again after each change.
        pause: waits between two looks.

    Yields:
        First nothing, for the state at the beginning. What changes while the receiver works is in
        what comes next.
    """
    files = frozenset(watched())
    before = _states(files)
    yield frozenset()
    while True:
        now = _states(files)
        changed = frozenset(path for path in files if now[path] != before[path])
        if changed:
            files = frozenset(watched())
            before = _states(files)
            yield changed
        else:
            pause()


def _states(paths: Iterable[Path]) -> dict[Path, _State]:
    return {path: _state(path) for path in paths}


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
