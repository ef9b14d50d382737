"""`capnweb-gen breaking`: tell what a change breaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.breaking import Axis, compare
from capnweb_gen.cli.app import FAILED, FOUND, app
from capnweb_gen.cli.contracts import Given, given
from capnweb_gen.cli.options import with_options
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done
from capnweb_gen.diagnostics import Report, Severity, without_ignored
from capnweb_gen.obtain import contract_of_git, is_git

__all__: list[str] = []


@app.command("breaking")
@with_options(given)
def _breaking(
    given: Callable[[Path, Format], Given],
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
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell what breaks clients of a former version.

    Ends with 0, with 1 if something breaks, or with 2 if the two cannot be compared.
    """
    new = given(file, form)
    problems, findings = Report(), Report()
    if is_git(against):
        old = contract_of_git(against, new.file, problems)
    else:
        old = given(Path(against), form).contract
    if old is None:
        print_diagnostics(problems.diagnostics, form)
        raise typer.Exit(FAILED)
    compare(old, new.contract, findings, axes=axis or list(Axis))
    found = new.settings.judged(without_ignored(findings.diagnostics, []))
    print_diagnostics(found, form)
    if any(each.severity is Severity.ERROR for each in found):
        raise typer.Exit(FOUND)
    print_done(f"{file}: nothing breaks", form)
