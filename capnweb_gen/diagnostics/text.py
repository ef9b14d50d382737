"""Diagnostics as text: a line that editors understand, the source with carets, the remedy."""

import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TextIO

from capnweb_gen.diagnostics.codes import Severity
from capnweb_gen.diagnostics.report import Diagnostic, Span

__all__ = ["Excerpts", "render", "shown_path", "takes_colours"]

#: Of a longer span so many lines are shown at its beginning; and the last one.
_FIRST_LINES: Final = 3

_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS: Final = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[1;33m",
    Severity.NOTE: "\x1b[1;36m",
}


class Excerpts:
    """Source lines, read when the first diagnostic of their file is shown."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def lines(self, span: Span) -> list[tuple[int, str]]:
        """The lines of a span that there are, with their numbers."""
        if span.file not in self._files:
            try:
                text = Path(span.file).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._files[span.file] = text.split("\n")
        numbered = enumerate(self._files[span.file][span.line - 1 : span.end_line], span.line)
        return list(numbered)


def render(
    diagnostic: Diagnostic, excerpts: Excerpts | None = None, *, colours: bool = False
) -> str:
    """A diagnostic in lines of text.

    Args:
        diagnostic: what is shown. The first line is `file:line:col: error CW204: message`.
        excerpts: where the source comes from, which follows with carets under the span; None
            leaves it out.
        colours: whether the reader is a terminal that has them.
    """
    span, severity = diagnostic.span, diagnostic.severity
    paint = _paint if colours else _leave
    place = paint(f"{shown_path(span.file)}:{span.line}:{span.col}:", _BOLD)
    kind = paint(f"{severity.value} {diagnostic.code}:", _COLOURS[severity])
    lines = [f"{place} {kind} {diagnostic.message}"]
    for source, carets in _excerpt(span, excerpts) if excerpts else ():
        lines.append(f"    {source}")
        if carets:
            lines.append(f"    {paint(carets, _COLOURS[severity])}")
    lines += [f"    {paint(note, _DIM)}" for note in diagnostic.notes]
    lines.append(f"    {paint('fix:', _BOLD)} {diagnostic.fix}")
    return "\n".join(lines)


def takes_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal that is to have colours (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shown_path(file: str, base: str | None = None) -> str:
    """A path as seen from a folder (the working folder), if it lies below."""
    try:
        relative = os.path.relpath(file, base)
    except ValueError:  # another drive
        return file
    return file if relative.startswith("..") else Path(relative).as_posix()


def _paint(text: str, colour: str) -> str:
    return f"{colour}{text}{_PLAIN}"


def _leave(text: str, _colour: str) -> str:
    return text


def _excerpt(span: Span, excerpts: Excerpts) -> Iterator[tuple[str, str]]:
    """Source lines and the carets below them. Of a long span the middle is left out."""
    lines = excerpts.lines(span)
    for index, (number, source) in enumerate(lines):
        if _FIRST_LINES <= index < len(lines) - 1:
            if index == _FIRST_LINES:
                yield "...", ""
            continue
        indent = len(source) - len(source.lstrip())
        start = span.col - 1 if number == span.line else indent
        end = span.end_col - 1 if number == span.end_line else len(source.rstrip())
        if source.strip():
            yield _visible(source), _carets(source, start, end)


def _visible(source: str) -> str:
    """A source line that cannot move the cursor of a terminal, nor the carets below it."""
    return "".join(c if c.isprintable() else " " for c in source)


def _carets(source: str, start: int, end: int) -> str:
    return " " * _width(source[:start]) + "^" * max(1, _width(source[start:end]))


def _width(text: str) -> int:
    """In columns of a terminal."""
    wide: Mapping[str, int] = {"W": 2, "F": 2}
    return sum(
        0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1)
        for c in text
    )
