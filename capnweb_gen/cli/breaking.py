"""`capnweb-gen breaking`: tell what a change breaks."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.breaking import Axis, compare
from capnweb_gen.cli.app import FAILED, FOUND, app
from capnweb_gen.cli.options import CaseOption, ConfigOption, planner, work_of
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done
from capnweb_gen.diagnostics import Report
from capnweb_gen.naming import Naming
from capnweb_gen.obtain import contract_of_file, contract_of_git, is_git

__all__: list[str] = []


@app.command("breaking")
def _breaking(
    file: Annotated[Path, typer.Argument(help="Python file with Protocols, or contract.json.")],
    *,
    against: Annotated[
        str,
        typer.Option(
            help="What it is compared with: a contract.json or a Python file, or contract.json"
            " as it was: .git#branch=main, .git#tag=v1, .git#ref=HEAD~1."
        ),
    ],
    axis: Annotated[
        list[Axis] | None, typer.Option(help="What must not break; all three by default.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder that the package is in; beside the file."),
    ] = None,
    wire_case: CaseOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell what breaks clients of a former version: exit code 1 if something does."""
    problems, findings = Report(), Report()
    plan = planner([file], output=output, wire_case=wire_case, config=config)
    job = work_of(plan, form).jobs[0]
    naming = Naming(job.settings.wire_case, job.settings.names)
    new = contract_of_file(file, naming, problems)
    if new is None:
        old = None
    elif is_git(against):
        old = contract_of_git(against, _committed(file, job.output), problems)
    else:
        old = contract_of_file(Path(against), naming, problems)
    if old is None or new is None:
        print_diagnostics(problems.diagnostics, form)
        raise typer.Exit(FAILED)
    compare(old, new, findings, axes=axis or list(Axis))
    print_diagnostics(findings.diagnostics, form)
    if findings.has_errors():
        raise typer.Exit(FOUND)
    print_done(f"{file}: nothing breaks", form)


def _committed(file: Path, output: Path | None) -> Path:
    """Where the contract.json of a file's package is, or would be."""
    if file.suffix == ".json":
        return file
    return (output or file.parent) / f"{file.stem}_rpc" / "contract.json"
