"""`capnweb-gen generate`: write the packages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import generate_work
from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.options import Files, Planner, planner, with_options, work_of
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done, shown
from capnweb_gen.cli.watch import watch_forever
from capnweb_gen.project import MANIFEST
from capnweb_gen.results import Result

__all__: list[str] = []


@app.command("generate")
@with_options(planner)
def _generate(
    planner: Callable[[list[Path] | None], Planner],
    files: Files = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were edited or are not ours.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing, and say what would be written.")
    ] = False,
    watching: Annotated[
        bool, typer.Option("--watch", help="Generate again after each change, until Ctrl-C.")
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Generate client and server from the Protocols in files.

    Ends with 0, or with 2 after errors; nothing is written then.
    """
    plan = planner(files)
    if watching and dry_run:
        raise typer.BadParameter("--watch writes, --dry-run does not")
    if watching:
        watch_forever(plan, force=force, form=form)
    result = generate_work(work_of(plan, form), force=force, dry_run=dry_run)
    print_diagnostics(result.diagnostics, form)
    if not result.folders:
        raise typer.Exit(FAILED)
    for line in _summary(result, "would write" if dry_run else "wrote"):
        print_done(line, form)


def _summary(result: Result, wrote: str) -> Iterator[str]:
    """A line for each folder."""
    removed = "would delete" if wrote.startswith("would") else "deleted"
    others = {path.parent for path in result.removed} - set(result.folders)
    for folder in [*result.folders, *sorted(others)]:
        done = [
            f"{verb} {', '.join(names)}"
            for verb, paths in ((wrote, result.changed), (removed, result.removed))
            if (names := [path.name for path in paths if path.parent == folder])
            # That the list of files is written too goes without saying, unless it is all.
            if (names := [name for name in names if name != MANIFEST] or names)
        ]
        yield f"{shown(folder)}: {'; '.join(done) or 'up to date'}"
