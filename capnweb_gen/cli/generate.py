"""`capnweb-gen generate`: write the packages."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import Result, generate
from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.diagnostics import Excerpts, render
from capnweb_gen.ir import WireCase

__all__: list[str] = []


@app.command("generate")
def _generate(
    files: Annotated[
        list[Path], typer.Argument(help="Python files with Protocols.", metavar="FILE")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder to put the packages in; beside each file."),
    ] = None,
    wire_case: Annotated[
        WireCase, typer.Option(help="How names on the wire are made from those in Python.")
    ] = WireCase.SAME,
) -> None:
    """Generate client and server from the Protocols in a file."""
    results = [generate(file, output, wire_case=wire_case.value) for file in files]
    excerpts = Excerpts() if sys.stderr.isatty() else None
    for result in results:
        for diagnostic in result.diagnostics:
            print(render(diagnostic, excerpts), file=sys.stderr)
        if result.package is not None:
            print(_summary(result, result.package))
    if any(result.package is None for result in results):
        raise typer.Exit(FAILED)


def _summary(result: Result, package: Path) -> str:
    names = ", ".join(path.name for path in result.changed)
    return f"{_shown(package)}: {f'wrote {names}' if names else 'up to date'}"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
