"""Contracts that verbs are told of: a Python file or a contract.json."""

from dataclasses import dataclass
from pathlib import Path

import typer

from capnweb_gen.api import contracts_work
from capnweb_gen.cli.app import FAILED
from capnweb_gen.cli.options import (
    CaseOption,
    ConfigOption,
    JobOption,
    LimitOption,
    OutputOption,
    RootOption,
    planner,
    work_of,
)
from capnweb_gen.cli.output import Format, print_diagnostics
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract
from capnweb_gen.obtain import contract_of_file
from capnweb_gen.project import Settings

__all__ = ["Given", "given"]


@dataclass(frozen=True, slots=True)
class Given:
    """A contract, where its contract.json is, or would be, and what is said of diagnostics."""

    contract: Contract
    file: Path
    settings: Settings


def given(
    file: Path,
    form: Format,
    *,
    output: OutputOption = None,
    wire_case: CaseOption = None,
    root: RootOption = None,
    time_limit: LimitOption = None,
    config: ConfigOption = None,
    job: JobOption = None,
) -> Given:
    """The contract of a file. If there is none, it prints why and ends the command."""
    if file.suffix == ".json":
        report = Report()
        contract = contract_of_file(file, report)
        if contract is not None:
            return Given(contract, file, Settings())
        print_diagnostics(report.diagnostics, form)
        raise typer.Exit(FAILED)
    plan = planner(
        [file],
        output=output,
        wire_case=wire_case,
        root=root,
        time_limit=time_limit,
        config=config,
        job=job,
    )
    stated, found = contracts_work(work_of(plan, form))
    if not stated:
        print_diagnostics(found, form)
        raise typer.Exit(FAILED)
    first = stated[0]
    return Given(first.contract, first.package / "contract.json", first.settings)
