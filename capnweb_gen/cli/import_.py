"""`capnweb-gen import`: Protocols from TypeScript."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done, shown
from capnweb_gen.from_typescript import import_typescript

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
    form: FormatOption = Format.TEXT,
) -> None:
    """Make Python Protocols from the interfaces of a TypeScript file.

    What Python cannot express is reported, and becomes Any. Ends with 0, or with 2 after errors.
    """
    result = import_typescript(file, output, typescript=typescript)
    print_diagnostics(result.diagnostics, form)
    if result.path is None:
        raise typer.Exit(FAILED)
    print_done(f"{shown(result.path)}: {'written' if result.changed else 'up to date'}", form)
