"""What verbs print: diagnostics in the wanted form, and what they have done."""

import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from capnweb_gen.diagnostics import (
    Diagnostic,
    Excerpts,
    as_github,
    as_json,
    render,
    takes_colours,
)

__all__ = ["Format", "FormatOption", "print_diagnostics", "print_done", "shown"]


class Format(Enum):
    """For whom diagnostics are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


FormatOption: TypeAlias = Annotated[
    Format,
    typer.Option("--format", help="How diagnostics are printed: json and github, to stdout."),
]


def print_diagnostics(diagnostics: Iterable[Diagnostic], form: Format = Format.TEXT) -> None:
    """Print diagnostics: for people to standard error, for programs to standard output."""
    found = list(diagnostics)
    match form:
        case Format.JSON:
            print(as_json(found))
        case Format.GITHUB:
            if found:
                print(as_github(found))
        case Format.TEXT:
            excerpts = Excerpts() if sys.stderr.isatty() else None
            colours = takes_colours(sys.stderr)
            for diagnostic in found:
                print(render(diagnostic, excerpts, colours=colours), file=sys.stderr)


def print_done(line: str, form: Format = Format.TEXT) -> None:
    """Print what was done; where standard output is for a program, to standard error."""
    print(line, file=sys.stdout if form is Format.TEXT else sys.stderr)


def shown(path: Path) -> str:
    """A path as seen from the working folder, if it lies below."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
