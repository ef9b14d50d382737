"""`capnweb-gen generate`: write the packages."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import Result, generate
from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done, shown
from capnweb_gen.ir import WireCase

__all__: list[str] = []


@app.command("generate")
def _generate(
    files: Annotated[
        list[Path], typer.Argument(help="Python files with Protocols.", metavar="FILE")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder to put the packages in; beside each file."),
    ] = None,
    wire_case: Annotated[
        WireCase, typer.Option(help="How names on the wire are made from those in Python.")
    ] = WireCase.SAME,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Seconds that importing a module may take.", min=0.001),
    ] = None,
    root: Annotated[
        Path | None, typer.Option(help="Folder that modules are imported from; found if left out.")
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Generate client and server from the Protocols in a file."""
    results = [
        generate(file, output, wire_case=wire_case.value, root=root, time_limit=time_limit)
        for file in files
    ]
    print_diagnostics([each for result in results for each in result.diagnostics], form)
    for result in results:
        if result.package is not None:
            print_done(_summary(result, result.package), form)
    if any(result.package is None for result in results):
        raise typer.Exit(FAILED)


def _summary(result: Result, package: Path) -> str:
    names = ", ".join(path.name for path in result.changed)
    return f"{shown(package)}: {f'wrote {names}' if names else 'up to date'}"
