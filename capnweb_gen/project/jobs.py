"""What is to be done: the configuration of a project, and what the command line says instead."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.project.compare import Sweep
from capnweb_gen.project.config import Config, Settings, find_config, read_config

__all__ = ["Job", "Work", "plan_work"]


@dataclass(frozen=True, slots=True)
class Job:
    """Sources for which code is generated in the same way.

    Attributes:
        sources: files, which are read together: what is generated from one may use what is from
            others.
        chosen: those from which something is generated; all if None.
        settings: how.
        folder: what paths in the settings are relative to.
        project: the folder of the project, if this is what its configuration says; None if not.
    """

    sources: tuple[Path, ...]
    settings: Settings
    folder: Path = Path()
    project: Path | None = None
    chosen: frozenset[Path] | None = None

    def generates(self, source: Path) -> bool:
        """Whether something is generated from a source."""
        return self.chosen is None or source in self.chosen

    @property
    def output(self) -> Path | None:
        """The folder to put the packages in; beside each source if None."""
        return self._path(self.settings.output)

    @property
    def ts(self) -> Path | None:
        """The folder to put TypeScript declarations in; there are none if None."""
        return self._path(self.settings.ts)

    @property
    def root(self) -> Path | None:
        """The folder that modules are imported from; found for each source if None."""
        return self._path(self.settings.root)

    def _path(self, said: str | None) -> Path | None:
        return None if said is None else _absolute(self.folder, said)


@dataclass(frozen=True, slots=True)
class Work:
    """A run.

    Attributes:
        jobs: what it generates.
        config: the file that says so, if there is one.
        sweep: what it clears away, if it generates all of a project.
    """

    jobs: tuple[Job, ...]
    config: Path | None = None
    sweep: Sweep | None = None


def plan_work(
    files: Sequence[Path],
    said: Settings,
    report: Report,
    *,
    config: Path | None = None,
    job: str | None = None,
) -> Work | None:
    """Tell what a command is to do.

    Args:
        files: of the command line. Each is generated in the way of every job that has it; without
            any it is all sources of all jobs.
        said: by the options of the command line, its paths absolute.
        report: takes what is wrong.
        config: the file of the configuration; looked for if None.
        job: the only one to do.

    Returns:
        None if it cannot be told.
    """
    files = [_absolute(Path(), file) for file in files]
    found = read_config(config, report) if config else find_config(_start(files), report)
    if report.has_errors():
        return None
    if found is None:
        return _unconfigured(files, said, report, job)
    # Which sources are missing matters to nobody who names others.
    jobs = _configured(found, job, Report() if files else report)
    if job is not None and job not in found.jobs:
        names = ", ".join(found.jobs) or "none"
        report.add("CW804", found.place("jobs"), f"no job is called {job}", f"jobs: {names}")
    if report.has_errors():
        return None
    # With another output it is not what the project has.
    project = None if {"output", "ts"} & said.model_fields_set else found.folder
    jobs = [replace(each, project=project) for each in jobs]
    sweep = None
    if files:
        jobs = list(_chosen(jobs, files, found.jobs[job] if job else found.base))
    elif project and job is None:
        sweep = Sweep(project, frozenset(path.parent for each in jobs for path in each.sources))
    done = (replace(each, settings=said.over(each.settings), folder=found.folder) for each in jobs)
    return Work(tuple(done), found.path, sweep)


def _unconfigured(
    files: Sequence[Path], said: Settings, report: Report, job: str | None
) -> Work | None:
    """What there is to do where there is no configuration."""
    if files and job is None:
        return Work((Job(tuple(files), said),))
    message = "there is nothing to generate from" if job is None else f"no job is called {job}"
    fix = "name files, or list them as `sources` in [tool.capnweb-gen] of pyproject.toml"
    report.add("CW804", Span(str(_start(files)), 1, 1, 1, 1), message, fix)
    return None


def _chosen(jobs: Sequence[Job], files: Sequence[Path], otherwise: Settings) -> Iterator[Job]:
    """Of jobs only what concerns `files`, and one more for those that none of them has."""
    left = dict.fromkeys(files)
    for job in jobs:
        if chosen := frozenset(files).intersection(job.sources):
            yield replace(job, chosen=chosen)
            left = {file: None for file in left if file not in chosen}
    if left:
        yield Job(tuple(left), otherwise)


def _configured(config: Config, only: str | None, report: Report) -> list[Job]:
    """The jobs of a project, with their files."""
    settings: Mapping[str, Settings] = config.jobs or {"": config.base}
    return [
        Job(tuple(_files(config, name, each, report)), each)
        for name, each in settings.items()
        if only in {None, name}
    ]


def _files(config: Config, name: str, settings: Settings, report: Report) -> Iterator[Path]:
    own = name and "sources" in config.jobs[name].model_fields_set
    keys = ("jobs", name, "sources") if own else ("sources",)
    if not settings.sources:
        message = f"job {name} has no sources" if name else "there are no sources"
        report.add("CW804", config.place(*keys), message, "list files as `sources`")
    seen: set[Path] = set()
    for number, pattern in enumerate(settings.sources):
        found = _matches(config.folder, pattern)
        if not found:
            fix = "paths are relative to the folder of this file"
            message = f"there is no file {pattern}"
            report.add("CW804", config.place(*keys, number), message, fix)
        yield from (path for path in found if path not in seen)
        seen.update(found)


def _matches(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern, in an order that no file system decides."""
    path = _absolute(folder, pattern)
    if path.is_file():
        return [path]
    try:
        found = [each for each in folder.glob(pattern) if each.is_file()]
    except (ValueError, NotImplementedError):  # an absolute or an empty one
        return []
    return sorted(_absolute(folder, str(each)) for each in found)


def _start(files: Sequence[Path]) -> Path:
    """Where a configuration is looked for: above all files, or above the working folder."""
    if not files:
        return Path.cwd()
    common = Path(os.path.commonpath(files))
    return common.parent if common in files else common


def _absolute(folder: Path, path: str | Path) -> Path:
    """Without `..`, but with symbolic links as they are."""
    return Path(os.path.normpath(folder.absolute() / path))
