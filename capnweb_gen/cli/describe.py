"""`capnweb-gen describe`: show an interface to people."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.contracts import Given, given
from capnweb_gen.cli.options import with_options
from capnweb_gen.cli.output import Format, print_diagnostics
from capnweb_gen.describe import described
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract, contract_json, digests_of
from capnweb_gen.obtain import contract_of_server, is_server

__all__: list[str] = []


@app.command("describe")
@with_options(given)
def _describe(
    given: Callable[[Path, Format], Given],
    target: Annotated[
        str,
        typer.Argument(
            help="Python file with Protocols, contract.json, or the URL of a server that offers it."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print contract.json instead.")] = False,
) -> None:
    """Show the interfaces of a module, a contract.json or a server that runs."""
    main: str | None = None
    if is_server(target):
        contract, main = _served(target)
    else:
        contract = given(Path(target), Format.TEXT).contract
    digests = digests_of(contract)
    text = contract_json(contract, digests) if as_json else described(contract, digests, main)
    print(text, end="")


def _served(url: str) -> tuple[Contract, str | None]:
    report = Report()
    found = contract_of_server(url, report)
    if found is None:
        print_diagnostics(report.diagnostics)
        raise typer.Exit(FAILED)
    return found
