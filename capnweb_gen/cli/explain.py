"""`capnweb-gen explain`: what a diagnostic means, and what to do."""

import difflib
import sys
from typing import Annotated

import typer

from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.diagnostics import CODES, section

__all__: list[str] = []


@app.command("explain")
def _explain(
    code: Annotated[str | None, typer.Argument(help="Such as CW201 or 201; all without.")] = None,
) -> None:
    """Explain a diagnostic, or list all there are."""
    if code is None:
        for name, (severity, title) in CODES.items():
            print(f"{name}  {severity.value:7}  {title}")
        return
    wanted = f"CW{code}" if code.isdigit() else code.upper()
    if wanted not in CODES:
        near = difflib.get_close_matches(wanted, CODES, 1)
        hint = f"did you mean {near[0]}?" if near else "`capnweb-gen explain` lists all."
        print(f"There is no {code}: {hint}", file=sys.stderr)
        raise typer.Exit(FAILED)
    print(section(wanted))
