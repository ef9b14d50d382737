"""The command itself, to which each module of this package adds one verb."""

import gc
import sys
from importlib import import_module
from typing import Annotated, Final

import typer

__all__ = ["FAILED", "FOUND", "app", "main"]

#: What a shell is told: something was found that is no error of the input; something failed.
FOUND, FAILED = 1, 2

#: The verbs, in the order in which help lists them, and the modules of this package that add them.
_VERBS: Final = {
    "breaking": "breaking",
    "check": "check",
    "describe": "describe",
    "explain": "explain",
    "generate": "generate",
    "import": "import_",
    "init": "init",
    "scaffold": "scaffold",
}

#: Those that are asked of no verb.
_OWN_OPTIONS: Final = {"-h", "--help", "--version"}

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
    if first not in _VERBS and (first is not None or not _OWN_OPTIONS & set(arguments)):
        arguments = ["generate", *arguments]
    # All of them take a second to import, half of it what talks to servers that run.
    wanted = arguments[:1] if arguments[0] in _VERBS else _VERBS
    for verb in wanted:
        import_module(f"capnweb_gen.cli.{_VERBS[verb]}")
    app(arguments, prog_name="capnweb-gen")


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
