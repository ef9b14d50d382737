"""The options that several verbs have."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec, TypeAlias, TypeVar

import typer

from capnweb_gen.cli.app import FAILED
from capnweb_gen.cli.output import Format, print_diagnostics
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import WireCase
from capnweb_gen.project import Settings, Work, plan_work

__all__ = ["ConfigOption", "Files", "Planner", "RootOption", "planner", "with_options", "work_of"]

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


#: Tells what a command is to do, as the configuration says whenever it is asked.
Planner: TypeAlias = Callable[[Report], Work | None]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def planner(
    files: list[Path] | None,
    *,
    output: OutputOption = None,
    ts: TsOption = None,
    wire_case: CaseOption = None,
    root: RootOption = None,
    time_limit: LimitOption = None,
    config: ConfigOption = None,
    job: JobOption = None,
) -> Planner:
    """What tells what a command is to do."""
    said = Settings.of(
        output=output and str(output.absolute()),
        ts=ts and str(ts.absolute()),
        wire_case=wire_case,
        root=root and str(root.absolute()),
        time_limit=time_limit,
    )
    return lambda report: plan_work(files or [], said, report, config=config, job=job)


def with_options(
    shared: Callable[..., _T],
) -> Callable[[Callable[Concatenate[Callable[..., _T], _P], None]], Callable[..., None]]:
    """Give a verb the options of a function too, which are its keyword-only parameters.

    The verb is called with that function before its own parameters, the options filled in.
    """
    options = [
        each
        for each in inspect.signature(shared).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]

    def decorate(
        verb: Callable[Concatenate[Callable[..., _T], _P], None],
    ) -> Callable[..., None]:
        @functools.wraps(verb)
        def command(*args: _P.args, **given: _P.kwargs) -> None:
            said = {each.name: given.pop(each.name) for each in options}
            verb(functools.partial(shared, **said), *args, **given)

        signature = inspect.signature(verb)
        _, *own = signature.parameters.values()
        merged = sorted([*options, *own], key=lambda each: each.kind)
        # typer asks for it.
        command.__signature__ = signature.replace(parameters=merged)  # type: ignore[attr-defined]
        return command

    return decorate


def work_of(plan: Planner, form: Format) -> Work:
    """What a command is to do. If that cannot be told, it prints why and ends."""
    report = Report()
    work = plan(report)
    if work is None:
        print_diagnostics(report.diagnostics, form)
        raise typer.Exit(FAILED)
    return work
