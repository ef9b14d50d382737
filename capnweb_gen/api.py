"""The generator as functions. They print nothing, and never raise for what is wrong with the input.

generate("api.py") writes the package api_rpc, and check("api.py") tells how what is there differs
from what would be written.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeAlias

from capnweb_gen.checks import check as check_contract
from capnweb_gen.diagnostics import Diagnostic, Report, Severity, Span, without_ignored
from capnweb_gen.emit import (
    prepare_templates,
    render_package,
    render_scaffold,
    require_python,
)
from capnweb_gen.ir import Contract, together
from capnweb_gen.loader import Source, import_name, read
from capnweb_gen.naming import Naming, Recorded, check_naming, name, recorded
from capnweb_gen.plan import package_name, plan, plan_scaffold
from capnweb_gen.project import (
    Change,
    Job,
    Output,
    Settings,
    Work,
    carry_out,
    compare,
    report_drift,
    report_failure,
    report_obstacle,
)
from capnweb_gen.results import Checked, Result, Scaffold, Stated
from capnweb_gen.typescript import declarations

__all__ = [
    "check",
    "check_work",
    "contracts_work",
    "generate",
    "generate_work",
    "scaffold",
    "scaffold_work",
]

#: How names on the wire are made from those in Python.
WireCaseName: TypeAlias = Literal["same", "camel"]

#: One file or several.
Sources: TypeAlias = str | Path | Iterable[str | Path]


def generate(
    sources: Sources,
    output: str | Path | None = None,
    *,
    ts: str | Path | None = None,
    wire_case: WireCaseName = "same",
    names: Mapping[str, str] | None = None,
    root: str | Path | None = None,
    time_limit: float | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Result:
    """Generate the packages of the interfaces in one or more files.

    Nothing is written if there is an error in any.

    Args:
        sources: the paths of the files, such as `api.py`.
        output: the folder in which the packages (`api_rpc`) are put; beside each file if None.
        ts: the folder in which TypeScript declarations are put, such as `shop/api.d.ts` for the
            module `shop.api`; there are none if None.
        wire_case: how names on the wire are made from those in Python.
        names: what single members are called on the wire, such as
            `{"shop.api:Api.list_users": "listUsers"}`.
        root: the folder that modules are imported from. If None it is the first one above the file
            that has no `__init__.py`.
        time_limit: for importing each module, in seconds; None is no limit.
        force: whether files that are not ours, or were edited, are overwritten.
        dry_run: whether nothing is written at all.

    Returns:
        What was found and written.
    """
    work = _work(
        sources,
        output=output,
        ts=ts,
        wire_case=wire_case,
        names=names,
        root=root,
        time_limit=time_limit,
    )
    return generate_work(work, force=force, dry_run=dry_run)


def check(
    sources: Sources,
    output: str | Path | None = None,
    *,
    ts: str | Path | None = None,
    wire_case: WireCaseName = "same",
    names: Mapping[str, str] | None = None,
    root: str | Path | None = None,
    time_limit: float | None = None,
) -> Checked:
    """Tell how the packages of one or more files differ from what `generate` would write."""
    work = _work(
        sources,
        output=output,
        ts=ts,
        wire_case=wire_case,
        names=names,
        root=root,
        time_limit=time_limit,
    )
    return check_work(work)


def scaffold(
    source: str | Path, path: str | Path | None = None, output: str | Path | None = None
) -> Scaffold:
    """Write a first implementation of the interfaces in a file. Nothing is overwritten.

    Args:
        source: the path of the file.
        path: what is written; `api_server.py` beside `api.py` if None.
        output: the folder that the generated package is in; beside the source if None.
    """
    return scaffold_work(_work(source, output=output), Path(path) if path else None)


def contracts_work(work: Work) -> tuple[list[Stated], tuple[Diagnostic, ...]]:
    """What the sources of a project state, each by itself; nothing after errors."""
    stated: list[Stated] = []
    found: dict[Diagnostic, None] = {}
    for job in work.jobs:
        contracts, diagnostics = _contracts(job)
        found.update(dict.fromkeys(diagnostics))
        stated += [
            Stated(source.path, contract.alone, _folder(source, contract, job), job.settings)
            for source, contract in contracts
            if job.generates(source.path)
        ]
    return ([] if _has_errors(found) else stated), tuple(found)


def generate_work(work: Work, *, force: bool = False, dry_run: bool = False) -> Result:
    """Generate what a project says."""
    outputs, found = _rendered(work)
    if _has_errors(found):
        return Result((), (), (), found)
    report = Report()
    changes = _compared(work, outputs, report, force=force)
    for change in changes:
        if not (force or change.kind.is_ours):
            report_obstacle(change, report)
    if not (report.has_errors() or dry_run):
        for change in changes:
            require_python(change.path.name, (change.after or b"").decode())
        try:
            carry_out(changes)
        except OSError as error:
            report_failure(error, outputs, report)
    found = (*found, *report.diagnostics)
    if report.has_errors():
        return Result((), (), (), found)
    changed = tuple(change.path for change in changes if change.after is not None)
    removed = tuple(change.path for change in changes if change.after is None)
    return Result(_folders(outputs), changed, removed, found)


def check_work(work: Work) -> Checked:
    """Tell how a project differs from what would be generated."""
    outputs, found = _rendered(work)
    if _has_errors(found):
        return Checked((), (), found)
    report = Report()
    changes = _compared(work, outputs, report, force=False)
    if report.has_errors():
        return Checked((), (), (*found, *report.diagnostics))
    for folder, files in groupby(changes, lambda change: change.path.parent):
        report_drift(folder, list(files), report)
    return Checked(_folders(outputs), tuple(changes), (*found, *report.diagnostics))


def scaffold_work(work: Work, path: Path | None) -> Scaffold:
    """Write a first implementation of the first source."""
    job = work.jobs[0]
    contracts, found = _contracts(job)
    if _has_errors(found):
        return Scaffold(None, None, found)
    source, contract = next(each for each in contracts if job.generates(each[0].path))
    package = _folder(source, contract, job)
    text = render_scaffold(plan_scaffold(contract, import_name(package, source)))
    stem = contract.module.rpartition(".")[2]
    path = path or source.path.parent / f"{stem}_server.py"
    require_python("scaffold.py", text)
    report = Report()
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        fix = "choose another file with -o, or take it away: it may hold work of yours"
        report.add("CW909", _place(path), f"{path.name} is there already", fix)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        report.add("CW902", _place(path), message, "choose another file with -o")
    if report.has_errors():
        return Scaffold(None, None, (*found, *report.diagnostics))
    return Scaffold(path, package, found)


def _work(sources: Sources, **said: object) -> Work:
    """What a caller wants, who speaks in the manner of a configuration."""
    paths = {key: str(value) for key, value in said.items() if isinstance(value, Path)}
    files = [sources] if isinstance(sources, str | Path) else sources
    return Work((Job(tuple(Path(file) for file in files), Settings.of(**{**said, **paths})),))


# ---- from sources to text


def _rendered(work: Work) -> tuple[list[Output], tuple[Diagnostic, ...]]:
    """All that is generated, and what was found on the way."""
    outputs: list[Output] = []
    found: dict[Diagnostic, None] = {}
    for job in work.jobs:
        contracts, diagnostics = _contracts(job)
        found.update(dict.fromkeys(diagnostics))
        if not _has_errors(diagnostics):
            for source, contract in contracts:
                if job.generates(source.path):
                    outputs += _outputs(source, contract, job)
    return outputs, tuple(found)


def _contracts(job: Job) -> tuple[list[tuple[Source, Contract]], tuple[Diagnostic, ...]]:
    """What the sources of a job say, told of each other; and what was found in them.

    There is nothing after errors.
    """
    report = Report()
    loaded = read(
        job.sources,
        report,
        root=job.root,
        time_limit=job.settings.time_limit,
        meanwhile=prepare_templates,
    )
    naming = Naming(job.settings.wire_case, job.settings.names)
    check_naming([contract for _, contract in loaded], naming, report)
    named = [
        (source, name(contract, naming, _recorded(_folder(source, contract, job))))
        for source, contract in loaded
    ]
    told = list(_told(named, job))
    for _, contract in told:
        check_contract(contract, report)
    found = without_ignored(report.diagnostics, [source.path for source, _ in loaded])
    diagnostics = tuple(job.settings.judged(found))
    return ([], diagnostics) if _has_errors(diagnostics) else (told, diagnostics)


def _told(loaded: list[tuple[Source, Contract]], job: Job) -> Iterator[tuple[Source, Contract]]:
    """Contracts that know of each other. Those from different folders cannot."""
    for root in dict.fromkeys(source.root for source, _ in loaded):
        sources = [source for source, _ in loaded if source.root == root]
        contracts = [contract for source, contract in loaded if source.root == root]
        packages = {
            contract.module: import_name(_folder(source, contract, job), source)
            for source, contract in zip(sources, contracts, strict=True)
        }
        yield from zip(sources, together(contracts, packages), strict=True)


def _outputs(source: Source, contract: Contract, job: Job) -> Iterator[Output]:
    files = render_package(plan(contract, fakes=job.settings.fakes))
    yield Output(_folder(source, contract, job), contract.module, files, job.project)
    if job.ts:
        *folders, stem = contract.module.split(".")
        declared = {f"{stem}.d.ts": declarations(contract.alone)}
        yield Output(job.ts.joinpath(*folders), contract.module, declared, job.project)


def _folder(source: Source, contract: Contract, job: Job) -> Path:
    return (job.output or source.path.parent) / package_name(contract.module)


def _recorded(folder: Path) -> Recorded | None:
    """What the package that is there calls things."""
    try:
        text = (folder / "contract.json").read_text(encoding="utf-8", errors="replace")
    except OSError:  # there is none, or writing it will tell
        return None
    return recorded(text)


def _has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.severity is Severity.ERROR for found in diagnostics)


def _folders(outputs: Iterable[Output]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(output.folder for output in outputs))


# ---- from text to files


def _compared(work: Work, outputs: list[Output], report: Report, *, force: bool) -> list[Change]:
    try:
        return compare(outputs, report, sweep=work.sweep, force=force)
    except OSError as error:
        report_failure(error, outputs, report)
        return []


def _place(path: Path) -> Span:
    return Span(str(path), 1, 1, 1, 1)
