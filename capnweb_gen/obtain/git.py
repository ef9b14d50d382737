"""Contracts of former versions: contract.json as it was committed. No old code is run."""

import re
import subprocess
from pathlib import Path
from typing import Final

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, parse_contract

__all__ = ["contract_of_git", "is_git"]

#: `.git#branch=main`, and the like for tags and whatever else git calls a revision.
_FORM: Final = re.compile(r"\.git#(branch|tag|ref)=(.+)", re.DOTALL)

_KINDS: Final = {
    "branch": ("refs/heads/{}", "refs/remotes/origin/{}"),
    "tag": ("refs/tags/{}",),
    "ref": ("{}",),
}


class _GitError(Exception):
    """Git said no."""


def is_git(text: str) -> bool:
    """Whether it names a place in a repository's history."""
    return text.startswith(".git#")


def contract_of_git(text: str, file: Path, report: Report) -> Contract | None:
    """A contract.json as it was.

    Args:
        text: where in the history, such as `.git#branch=main`.
        file: where contract.json is now, or would be.
        report: takes what is wrong.

    Returns:
        None if something is.
    """
    span = Span(str(file), 1, 1, 1, 1)
    match = _FORM.fullmatch(text)
    if match is None:
        fix = "write .git#branch=NAME, .git#tag=NAME or .git#ref=REVISION"
        report.add("CW009", span, f"{text!r} is no place in a history", fix)
        return None
    try:
        top = Path(_git(_nearest(file.parent), "rev-parse", "--show-toplevel").strip())
        commit = _commit(top, *match.groups())
        path = _resolved(file).relative_to(top.resolve()).as_posix()
        content = _git(top, "show", f"{commit}:{path}")
    except _GitError as error:
        fix = "name a version in which contract.json was committed, or a file"
        report.add("CW009", span, f"{text}: {error}", fix)
        return None
    return parse_contract(content, f"{path} of {match[2]}", report)


def _commit(top: Path, kind: str, name: str) -> str:
    for form in _KINDS[kind]:
        try:
            revision = f"{form.format(name)}^{{commit}}"
            return _git(
                top, "rev-parse", "--verify", "--quiet", "--end-of-options", revision
            ).strip()
        except _GitError:
            continue
    raise _GitError(f"there is no {'revision' if kind == 'ref' else kind} {name}")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (git, with arguments that it cannot take for options)
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (whichever git the user has)
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _GitError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise _GitError(said.removeprefix("fatal: ") or "git said no")
    return done.stdout.decode("utf-8", "replace")


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of it: the package may not have been generated yet."""
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def _resolved(file: Path) -> Path:
    return file.absolute().parent.resolve() / file.name
