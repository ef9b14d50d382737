"""Diagnostics and where they are collected: a run reports all that it finds, not the first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from capnweb_gen.diagnostics.codes import CODES, Severity

__all__ = ["Diagnostic", "Report", "Span"]


class Span(NamedTuple):
    """A place in a source file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    col: int
    end_line: int
    end_col: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: of the registry.
        message: what is wrong with this very thing.
        span: where; a file that cannot be read has line 1.
        fix: what to do about it.
        notes: further lines, such as those of a traceback.
        level: how bad the project says it is; None if it does not say.
    """

    code: str
    message: str
    span: Span
    fix: str
    notes: tuple[str, ...] = ()
    level: Severity | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.level or CODES[self.code].severity


@dataclass(slots=True)
class Report:
    """Collects the diagnostics of a run. The same finding at the same place counts once."""

    _found: dict[tuple[Span, str, str], Diagnostic] = field(default_factory=dict)

    def add(
        self, code: str, span: Span, message: str, fix: str, notes: tuple[str, ...] = ()
    ) -> None:
        """Note a finding."""
        self.extend([Diagnostic(code, message, span, fix, notes)])

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Note findings of elsewhere."""
        for each in diagnostics:
            self._found.setdefault((each.span, each.code, each.message), each)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All, in the order of the source."""
        return sorted(self._found.values(), key=lambda found: (found.span, found.code))

    def has_errors(self) -> bool:
        """Whether something keeps code from being generated."""
        return any(found.severity is Severity.ERROR for found in self._found.values())
