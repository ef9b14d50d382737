"""The command itself, to which each module of this package adds one verb."""

import gc
import sys
from typing import Annotated

import typer

__all__ = ["FAILED", "FOUND", "app", "main"]

#: What a shell is told: something was found that is no error of the input; something failed.
FOUND, FAILED = 1, 2

#: Those that are asked of no verb.
_OWN_OPTIONS = {"-h", "--help", "--version"}

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line. Without a verb it is `generate`, with or without files."""
    # What a run makes it keeps. Looking for cycles in it every 700 objects took a quarter of the
    # time of a large module (300 interfaces: 2.4 of 9.8 s).
    gc.set_threshold(200_000)
    arguments = sys.argv[1:]
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    if first not in _verbs() and (first is not None or not _OWN_OPTIONS & set(arguments)):
        arguments = ["generate", *arguments]
    app(arguments, prog_name="capnweb-gen")


def _verbs() -> set[str | None]:
    return {command.name for command in app.registered_commands}


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (half as long as all the rest)

        print(f"capnweb-gen {version('capnweb-gen')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Typed, pipelining RPC from Python Protocols.

    capnweb-gen api.py writes the package api_rpc beside api.py; capnweb-gen alone does so for all
    sources in [tool.capnweb-gen] of pyproject.toml.
    """
