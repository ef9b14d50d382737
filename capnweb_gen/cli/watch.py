"""`capnweb-gen generate --watch`: generate again whenever something changes."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import typer

from capnweb_gen.api import generate_work
from capnweb_gen.cli.options import Planner
from capnweb_gen.cli.output import Format, print_diagnostics, print_done, shown
from capnweb_gen.diagnostics import Report
from capnweb_gen.loader import find_source
from capnweb_gen.project import INTERVAL, MANIFEST, changes, imported_files
from capnweb_gen.results import Result

__all__ = ["INTERRUPTED", "Watched", "watch", "watch_forever"]

#: What a shell is told after Ctrl-C.
INTERRUPTED = 130


def watch_forever(plan: Planner, *, force: bool, form: Format) -> None:
    """Generate, and again after each change, until Ctrl-C."""
    try:
        watch(changes(Watched(plan), lambda: time.sleep(INTERVAL)), plan, force=force, form=form)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def watch(
    changed: Iterable[frozenset[Path]],
    plan: Planner,
    *,
    force: bool = False,
    form: Format = Format.TEXT,
) -> None:
    """Generate once for each of `changed`, and print a line about it; what is wrong is no end."""
    for files in changed:
        report = Report()
        work = plan(report)
        result = generate_work(work, force=force) if work else None
        found = [*report.diagnostics, *(result.diagnostics if result else ())]
        print_diagnostics(found, form)
        why = ", ".join(sorted(shown(path) for path in files)) or "watching"
        print_done(f"{why}: {_outcome(result)}", form)
        sys.stdout.flush()


class Watched:
    """Tells the files that a run depends on: configuration, sources, and what these import.

    While the configuration is broken it is those of before.
    """

    def __init__(self, plan: Planner) -> None:
        self._plan = plan
        self._files = frozenset([Path("pyproject.toml").absolute()])

    def __call__(self) -> frozenset[Path]:
        """The files at this moment, some of which may not be there."""
        work = self._plan(Report())
        if work is not None:
            config = [work.config] if work.config else []
            found = (
                find_source(source, Report(), job.root)
                for job in work.jobs
                for source in job.sources
            )
            modules = imported_files((each.path, each.root) for each in found if each)
            self._files = frozenset(
                [*config, *modules, *(source for job in work.jobs for source in job.sources)]
            )
        return self._files


def _outcome(result: Result | None) -> str:
    if result is None or not result.folders:
        return "failed"
    done = [
        f"{verb} {', '.join(names)}"
        for verb, paths in (("wrote", result.changed), ("deleted", result.removed))
        if (names := [shown(path) for path in paths if path.name != MANIFEST])
    ]
    return "; ".join(done) or "up to date"
