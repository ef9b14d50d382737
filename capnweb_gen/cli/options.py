"""The options that several verbs have."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from capnweb_gen.cli.app import FAILED
from capnweb_gen.cli.output import Format, print_diagnostics
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import WireCase
from capnweb_gen.project import Settings, Work, plan_work

__all__ = [
    "CaseOption",
    "ConfigOption",
    "Files",
    "JobOption",
    "LimitOption",
    "OutputOption",
    "RootOption",
    "TsOption",
    "planner",
    "work_of",
]

Files: TypeAlias = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Python files with Protocols; the configured ones."),
]
OutputOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Folder to put the packages in; beside each file."),
]
ConfigOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", help="File with [tool.capnweb-gen]; a pyproject.toml above."),
]
JobOption: TypeAlias = Annotated[
    str | None, typer.Option("--job", help="The only job of the configuration to do.")
]
CaseOption: TypeAlias = Annotated[
    WireCase | None,
    typer.Option("--wire-case", help="How names on the wire are made from those in Python."),
]
TsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--ts", metavar="DIR", help="Folder to put TypeScript declarations in."),
]
RootOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--root", help="Folder that modules are imported from; found if left out."),
]
LimitOption: TypeAlias = Annotated[
    float | None,
    typer.Option("--time-limit", help="Seconds that importing a module may take.", min=0.001),
]


def planner(
    files: list[Path] | None,
    *,
    output: Path | None = None,
    ts: Path | None = None,
    wire_case: WireCase | None = None,
    root: Path | None = None,
    time_limit: float | None = None,
    config: Path | None = None,
    job: str | None = None,
) -> Callable[[Report], Work | None]:
    """What tells what a command is to do, whenever it is asked."""
    said = Settings.of(
        output=output and str(output.absolute()),
        ts=ts and str(ts.absolute()),
        wire_case=wire_case,
        root=root and str(root.absolute()),
        time_limit=time_limit,
    )
    return lambda report: plan_work(files or [], said, report, config=config, job=job)


def work_of(plan: Callable[[Report], Work | None], form: Format) -> Work:
    """What a command is to do. If that cannot be told, it prints why and ends."""
    report = Report()
    work = plan(report)
    if work is None:
        print_diagnostics(report.diagnostics, form)
        raise typer.Exit(FAILED)
    return work
