"""`capnweb-gen check`: what would `generate` change?"""

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import check_work
from capnweb_gen.cli.app import FAILED, FOUND, app
from capnweb_gen.cli.options import Files, Planner, planner, with_options, work_of
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done, shown
from capnweb_gen.project import Change

__all__: list[str] = []


@app.command("check")
@with_options(planner)
def _check(
    planner: Callable[[list[Path] | None], Planner],
    files: Files = None,
    *,
    diff: Annotated[bool, typer.Option(help="Print a unified diff of each file.")] = True,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell whether what is generated is up to date; nothing is written.

    Ends with 0 if it is, with 1 if a file is out of date, missing, edited or no longer generated,
    and with 2 after errors.
    """
    checked = check_work(work_of(planner(files), form))
    print_diagnostics(checked.diagnostics, form)
    if not checked.folders:
        raise typer.Exit(FAILED)
    if diff:
        for change in checked.changes:
            print_done("\n".join(_difference(change)), form)
    if checked.changes:
        raise typer.Exit(FOUND)


def _difference(change: Change) -> Iterable[str]:
    """From what is there to what would be generated, as `diff -u` and `git apply` have it."""
    name = shown(change.path)
    return difflib.unified_diff(
        _lines(change.before),
        _lines(change.after),
        "/dev/null" if change.before is None else f"a/{name}",
        "/dev/null" if change.after is None else f"b/{name}",
        lineterm="",
    )


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="replace").replace("\r\n", "\n").splitlines()
