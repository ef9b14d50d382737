"""`capnweb-gen describe`: show an interface to people."""

from pathlib import Path
from typing import Annotated

import typer

from capnweb_gen.cli.app import FAILED, app
from capnweb_gen.cli.options import CaseOption, ConfigOption, planner, work_of
from capnweb_gen.cli.output import Format, print_diagnostics
from capnweb_gen.describe import described
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import contract_json, digests_of
from capnweb_gen.naming import Naming
from capnweb_gen.obtain import contract_of_file, contract_of_server, is_server

__all__: list[str] = []


@app.command("describe")
def _describe(
    target: Annotated[
        str,
        typer.Argument(
            help="Python file with Protocols, contract.json, or the URL of a server that offers it."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print contract.json instead.")] = False,
    wire_case: CaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Show the interfaces of a module, a contract.json or a server that runs."""
    report = Report()
    main: str | None = None
    if is_server(target):
        found = contract_of_server(target, report)
        contract, main = found or (None, None)
    else:
        plan = planner([Path(target)], wire_case=wire_case, config=config)
        settings = work_of(plan, Format.TEXT).jobs[0].settings
        naming = Naming(settings.wire_case, settings.names)
        contract = contract_of_file(Path(target), naming, report)
    if contract is None:
        print_diagnostics(report.diagnostics)
        raise typer.Exit(FAILED)
    digests = digests_of(contract)
    text = contract_json(contract, digests) if as_json else described(contract, digests, main)
    print(text, end="")
