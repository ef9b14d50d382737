"""`capnweb-gen import`: Protocols from TypeScript."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import import_typescript
from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.diagnostics import Excerpts, render

__all__: list[str] = []


@app.command("import")
def _import(
    file: Annotated[Path, typer.Argument(help="TypeScript file with interfaces.", metavar="FILE")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Python file to write; api.py beside api.d.ts."),
    ] = None,
    typescript: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the npm package typescript; that in node_modules beside FILE or above.",
        ),
    ] = None,
) -> None:
    """Make Python Protocols from the interfaces of a TypeScript file."""
    result = import_typescript(file, output, typescript=typescript)
    excerpts = Excerpts() if sys.stderr.isatty() else None
    for diagnostic in result.diagnostics:
        print(render(diagnostic, excerpts), file=sys.stderr)
    if result.path is None:
        raise typer.Exit(FAILED)
    here = Path.cwd()
    inside = result.path.is_relative_to(here)
    shown = result.path.relative_to(here) if inside else result.path
    print(f"{shown}: {'written' if result.changed else 'up to date'}")
