"""`capnweb-gen scaffold`: write a first implementation."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import scaffold_work
from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.options import ConfigOption, RootOption, planner, work_of
from capnweb_gen.cli.output import Format, FormatOption, print_diagnostics, print_done, shown

__all__: list[str] = []


@app.command("scaffold")
def _scaffold(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Python file with Protocols.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File to write; api_server.py beside api.py."),
    ] = None,
    root: RootOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write a first implementation of the interfaces in a file, and a program that serves it.

    Nothing is ever overwritten. Ends with 0, or with 2 after errors.
    """
    written = scaffold_work(work_of(planner([file], root=root, config=config), form), output)
    print_diagnostics(written.diagnostics, form)
    if written.path is None or written.package is None:
        raise typer.Exit(FAILED)
    print_done(f"{shown(written.path)}: written", form)
    if not written.package.is_dir():
        needed = shown(written.package)
        print_done(f"It needs {needed}, which `capnweb-gen {file}` generates.", form)
