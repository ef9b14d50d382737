"""The command line."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.api import Result, generate
from capnweb_gen.diagnostics import Excerpts, render

__all__ = ["main"]

#: What a shell is told after errors; 1 is kept for findings that are none.
_FAILED = 2

_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line. `capnweb-gen api.py` is short for `capnweb-gen generate api.py`."""
    arguments = sys.argv[1:]
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    if first is not None and first not in _commands():
        arguments = ["generate", *arguments]
    _app(arguments, prog_name="capnweb-gen")


def _commands() -> set[str]:
    return {command.name or "" for command in _app.registered_commands}


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"capnweb-gen {version('capnweb-gen')}")
        raise typer.Exit


@_app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Typed, pipelining RPC from Python Protocols.

    capnweb-gen api.py writes the package api_rpc beside api.py.
    """


@_app.command("generate")
def _generate(
    files: Annotated[
        list[Path], typer.Argument(help="Python files with Protocols.", metavar="FILE")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder to put the packages in; beside each file."),
    ] = None,
) -> None:
    """Generate client and server from the Protocols in a file."""
    results = [generate(file, output) for file in files]
    excerpts = Excerpts() if sys.stderr.isatty() else None
    for result in results:
        for diagnostic in result.diagnostics:
            print(render(diagnostic, excerpts), file=sys.stderr)
        if result.package is not None:
            print(_summary(result, result.package))
    if any(result.package is None for result in results):
        raise typer.Exit(_FAILED)


def _summary(result: Result, package: Path) -> str:
    names = ", ".join(path.name for path in result.changed)
    return f"{_shown(package)}: {f'wrote {names}' if names else 'up to date'}"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
