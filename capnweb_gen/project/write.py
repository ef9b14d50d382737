"""Changes are carried out all or none.

Each file is written whole beside its place and moved into it: whoever reads meanwhile, a type
checker or a server that reloads, sees the old or the new file, never half of one. A full disk is
met before the first file is replaced.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from capnweb_gen.project.compare import Change

__all__ = ["carry_out"]


def carry_out(changes: Iterable[Change]) -> None:
    """Write what is generated, and delete what is no longer.

    Args:
        changes: all of which may be overwritten or deleted. Those of a manifest come after those
            of its folder: a run that was killed has then written files which the next one finds
            up to date, or takes for edited, but never the other way round.

    Raises:
        OSError: if something cannot be written. Nothing was changed then, unless it was the very
            last step, in which files are moved into their places, that failed.
    """
    with contextlib.ExitStack() as cleanup:
        written: dict[Path, str] = {}
        removed: list[Path] = []
        for change in changes:
            if change.after is None:
                removed.append(change.path)
            else:
                written[change.path] = _write_beside(change.path, change.after, cleanup)
        for path, name in written.items():
            Path(name).replace(path)
        cleanup.pop_all()
    for path in removed:
        path.unlink(missing_ok=True)
    for folder in dict.fromkeys(path.parent for path in removed):
        _remove_if_empty(folder)


def _write_beside(path: Path, content: bytes, cleanup: contextlib.ExitStack) -> str:
    """The name of a new file that holds what `path` is to hold."""
    try:
        for folder in reversed([path.parent, *path.parent.parents]):
            if not folder.exists():
                folder.mkdir()
                cleanup.callback(_remove_if_empty, folder)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        cleanup.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files for their owner alone.
        Path(name).chmod(0o666 & ~_umask())
    except OSError as error:
        error.filename = str(path.parent)  # not that of a file which nobody has heard of
        raise
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return name


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder in which nothing is left but what Python has compiled."""
    if all(path.name == "__pycache__" for path in folder.iterdir()):
        shutil.rmtree(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
