"""Diagnostics as text: a line that editors understand, the source line with carets, the remedy."""

import os
from pathlib import Path

from capnweb_gen.diagnostics.report import Diagnostic, Span

__all__ = ["Excerpts", "render"]


class Excerpts:
    """Source lines, read when the first diagnostic of their file is shown."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def line(self, span: Span) -> str | None:
        """The line where a span begins; None if there is no such line."""
        if span.file not in self._files:
            try:
                text = Path(span.file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._files[span.file] = text.split("\n")
        lines = self._files[span.file]
        return lines[span.line - 1] if span.line <= len(lines) else None


def render(diagnostic: Diagnostic, excerpts: Excerpts | None = None) -> str:
    """A diagnostic in lines of text.

    The first line is `file:line:col: error CW204: message`, its path relative to the working folder
    if it lies below. With `excerpts` the source line follows, with carets under the span.
    """
    span = diagnostic.span
    head = f"{_shown(span.file)}:{span.line}:{span.col}"
    lines = [f"{head}: {diagnostic.severity.value} {diagnostic.code}: {diagnostic.message}"]
    source = excerpts.line(span) if excerpts else None
    if source:
        lines += [f"    {_visible(source)}", f"    {_carets(span, source)}"]
    lines += [f"    {note}" for note in diagnostic.notes]
    lines.append(f"    fix: {diagnostic.fix}")
    return "\n".join(lines)


def _shown(file: str) -> str:
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else Path(relative).as_posix()


def _visible(source: str) -> str:
    """A source line that cannot move the cursor of a terminal, nor the carets below it."""
    return "".join(c if c.isprintable() else " " for c in source)


def _carets(span: Span, source: str) -> str:
    end = span.end_col if span.end_line == span.line else len(source) + 1
    return " " * (span.col - 1) + "^" * max(1, end - span.col)
