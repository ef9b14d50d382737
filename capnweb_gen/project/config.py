"""The table `[tool.capnweb-gen]` of a pyproject.toml: what a project generates from what."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from capnweb_gen.diagnostics import CODES, Diagnostic, Report, Severity, Span, can_be_ignored
from capnweb_gen.ir import WireCase
from capnweb_gen.project.places import TomlText

__all__ = ["Config", "Settings", "find_config", "find_table", "read_config"]

_TABLE: Final = ("tool", "capnweb-gen")

#: What pydantic wants, where its words are not those of TOML.
_IN_TOML: Final = {
    "dict_type": "should be a table",
    "list_type": "should be an array",
    "model_type": "should be a table",
}


def _known_code(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"there is no such code{_meant(code, list(CODES))}")
    return code


def _ignorable(code: str) -> str:
    if not can_be_ignored(_known_code(code)):
        raise ValueError("an error cannot be ignored: no code could be generated")
    return code


def _not_lowered(given: dict[str, Severity]) -> dict[str, Severity]:
    for code, severity in given.items():
        if severity is not Severity.ERROR and not can_be_ignored(code):
            raise ValueError(f"{code} stays an error: no code could be generated")
    return given


class Settings(BaseModel):
    """What can be said for the whole project, and for a single job.

    Attributes:
        sources: files and glob patterns, relative to the folder of the file that says so.
        output: the folder to put the packages in; beside each source if None.
        ts: the folder to put TypeScript declarations in; there are none if None.
        wire_case: how names on the wire are made from those in Python.
        names: what single members are called on the wire instead.
        fakes: whether packages have stand-ins of their interfaces, for tests.
        root: the folder that modules are imported from; found for each source if None.
        time_limit: for importing each module, in seconds; None is no limit.
        ignore: codes of warnings and notes that nobody wants to see.
        severity: how bad a finding of a code is; nothing becomes less than an error that is one.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
    )

    sources: list[str] = []
    output: str | None = None
    ts: str | None = None
    wire_case: WireCase = WireCase.SAME
    names: dict[str, str] = {}
    fakes: bool = True
    root: str | None = None
    time_limit: Annotated[float | None, Field(gt=0)] = None
    ignore: list[Annotated[str, AfterValidator(_ignorable)]] = []
    severity: Annotated[
        dict[Annotated[str, AfterValidator(_known_code)], Severity], AfterValidator(_not_lowered)
    ] = {}

    @classmethod
    def of(cls, **said: object) -> "Settings":
        """Those that are said in Python; None says nothing."""
        given = {name.replace("_", "-"): value for name, value in said.items() if value is not None}
        return cls.model_validate(given)

    def judged(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """What is left of diagnostics, and how bad it is."""
        return [
            replace(found, level=self.severity.get(found.code))
            for found in diagnostics
            if found.code not in self.ignore
        ]

    def over(self, base: "Settings") -> "Settings":
        """These where they say something, those of `base` elsewhere; tables are joined."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        merged = {
            name: {**getattr(base, name), **value} if isinstance(value, dict) else value
            for name, value in said.items()
        }
        kept = {name: getattr(base, name) for name in Settings.model_fields}
        return Settings.model_construct(self.model_fields_set, **{**kept, **merged})


class _Table(Settings):
    jobs: dict[str, Settings] = {}


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says.

    Attributes:
        path: of the file.
        base: for everything that no job says otherwise.
        jobs: by name; without any there is one, which is `base`.
        text: the file itself, for the places of what it says.
    """

    path: Path
    base: Settings
    jobs: Mapping[str, Settings]
    text: TomlText

    @property
    def folder(self) -> Path:
        """What the paths in it are relative to."""
        return self.path.parent

    def place(self, *keys: str | int) -> Span:
        """Where something is said."""
        return self.text.place([*_TABLE, *keys])


def find_config(start: Path, report: Report) -> Config | None:
    """Read the first pyproject.toml with a table of ours, in a folder or above it.

    Args:
        start: the folder; absolute.
        report: takes what is wrong with it.

    Returns:
        None if there is none, or if something is wrong with it.
    """
    for folder in [start, *start.parents]:
        path = folder / "pyproject.toml"
        if path.is_file():
            content = _parsed(path, report)
            if content is None:
                return None
            if content.table is not None:
                return _checked(path, content, report)
    return None


def read_config(path: Path, report: Report) -> Config | None:
    """Read a file that was named.

    Returns:
        None if there is something wrong with it, as that it has no table of ours.
    """
    path = path.absolute()
    content = _parsed(path, report)
    if content is None:
        return None
    if content.table is None:
        message = "there is no table [tool.capnweb-gen] in it"
        report.add("CW803", _start(path), message, "add one: `capnweb-gen init` does")
        return None
    return _checked(path, content, report)


def find_table(path: Path, report: Report) -> Span | None:
    """Where a file has a table of ours; None if it has none, or cannot be read."""
    content = _parsed(path, report)
    if content is None or content.table is None:
        return None
    return TomlText(path, content.text).place(_TABLE)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file says: its text, and our table in it as it stands there; None without one."""

    text: str
    table: object


def _parsed(path: Path, report: Report) -> _Content | None:
    try:
        text = path.read_text(encoding="utf-8")
        found: object = tomllib.loads(text)
        for key in _TABLE:
            found = found.get(key) if isinstance(found, dict) else None
        return _Content(text, found)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        report.add("CW803", _start(path), message, "give the path of a TOML file with --config")
    except UnicodeDecodeError:
        report.add("CW803", _start(path), f"{path.name} is not UTF-8", "save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        report.add("CW803", _error_place(path, error), f"not TOML: {error}", "correct it")
    return None


def _error_place(path: Path, error: tomllib.TOMLDecodeError) -> Span:
    """Where the file stops to be TOML, which before Python 3.14 only the message tells."""
    said = re.search(r"at line (\d+), column (\d+)", str(error))
    if said:
        line, col = int(said[1]), int(said[2])
    else:
        line, col = len(path.read_text(encoding="utf-8").splitlines()) or 1, 1
    return Span(str(path), line, col, line, col + 1)


def _checked(path: Path, content: _Content, report: Report) -> Config | None:
    text = TomlText(path, content.text)
    try:
        table = _Table.model_validate(content.table)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            _report_error(found, text, report)
        return None
    return Config(path, table, {name: job.over(table) for name, job in table.jobs.items()}, text)


def _report_error(found: ErrorDetails, text: TomlText, report: Report) -> None:
    """Say what pydantic found, in terms of the file."""
    # Behind a key of a table pydantic writes that it is the key which is wrong.
    keys = [key for key in found["loc"] if key != "[key]"]
    span = text.place([*_TABLE, *keys])
    if found["type"] == "extra_forbidden":
        fields = _Table.model_fields if len(keys) == 1 else Settings.model_fields
        known = [name.replace("_", "-") for name in fields]
        table = ".".join([*_TABLE, *map(str, keys[:-1])])
        message = f"`{keys[-1]}` is no key of [{table}]{_meant(str(keys[-1]), known)}"
        report.add("CW801", span, message, f"the keys are {', '.join(known)}")
        return
    name = ".".join(str(key) for key in keys if isinstance(key, str))
    reason = _IN_TOML.get(found["type"], found["msg"].removeprefix("Value error, "))
    message = f"`{name or _TABLE[-1]}` cannot be {_shown(found['input'])}"
    report.add("CW802", span, message, reason.removeprefix("Input "))


def _meant(given: str, known: list[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _shown(given: object) -> str:
    """A value, as TOML has it unless it is long."""
    if isinstance(given, str | int | float):
        return json.dumps(given, ensure_ascii=False)
    return "a table" if isinstance(given, dict) else "an array"


def _start(path: Path) -> Span:
    return Span(str(path.absolute()), 1, 1, 1, 1)
