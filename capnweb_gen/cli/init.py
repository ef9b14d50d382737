"""`capnweb-gen init`: begin a project."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.output import print_diagnostics, shown
from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.project import API, GITHUB, PRE_COMMIT, with_table

__all__: list[str] = []


@app.command("init")
def _init(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="Files or patterns; api.py if none is given."),
    ] = None,
    *,
    pre_commit: Annotated[
        bool, typer.Option("--pre-commit", help="Write a hook of pre-commit that runs `check`.")
    ] = False,
    github: Annotated[
        bool, typer.Option("--github", help="Write a workflow of GitHub that runs `check`.")
    ] = False,
) -> None:
    """Add [tool.capnweb-gen] to the pyproject.toml of this folder, and a first source.

    No file is overwritten. Ends with 0, or with 2 after errors.
    """
    sources = sources or ["api.py"]
    report = Report()
    pyproject = Path("pyproject.toml").absolute()
    content = with_table(pyproject, sources, report)
    print_diagnostics(report.diagnostics)
    if content is None:
        raise typer.Exit(FAILED)
    first = Path(sources[0]).absolute()
    try:
        pyproject.write_bytes(content)
        print(f"{shown(pyproject)}: [tool.capnweb-gen] added")
        if not first.exists() and not set("*?[") & set(sources[0]):
            _write(first, API)
        if pre_commit:
            _write(Path(".pre-commit-config.yaml").absolute(), PRE_COMMIT)
        if github:
            _write(Path(".github/workflows/capnweb-gen.yml").absolute(), GITHUB)
    except OSError as error:
        span = Span(str(error.filename), 1, 1, 1, 1)
        report.add("CW902", span, f"cannot be written: {error.strerror}", "make room for it")
        print_diagnostics(report.diagnostics)
        raise typer.Exit(FAILED) from None
    print("`capnweb-gen` generates, `capnweb-gen check` tells whether that has to be done again.")


def _write(path: Path, text: str) -> None:
    """Write a file, or show what would be in it if it is there already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        print(f"{shown(path)} is there already; add to it:\n\n{text}")
    else:
        print(f"{shown(path)}: written")
