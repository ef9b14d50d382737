"""Diagnostics for programs: JSON, and the commands by which a GitHub workflow annotates files."""

import json
import os
import re
from collections.abc import Iterable

from capnweb_gen.diagnostics.codes import CODES, Severity
from capnweb_gen.diagnostics.manual import page_of
from capnweb_gen.diagnostics.report import Diagnostic
from capnweb_gen.diagnostics.text import shown_path

__all__ = ["as_github", "as_json", "section_url"]


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """An array with an object for each, as docs/diagnostics.md describes it."""
    return json.dumps([_object(each) for each in diagnostics], ensure_ascii=False, indent=2)


def _object(diagnostic: Diagnostic) -> dict[str, object]:
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": shown_path(span.file),
        "line": span.line,
        "col": span.col,
        "end_line": span.end_line,
        "end_col": span.end_col,
        "fix": diagnostic.fix,
        "notes": list(diagnostic.notes),
        "url": section_url(diagnostic.code),
    }


def section_url(code: str) -> str:
    """Where a code is documented, from the folder of the project's README."""
    heading = f"{code} {CODES[code].title}".lower()
    anchor = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")  # as GitHub makes it
    return f"docs/{page_of(code)}#{anchor}"


_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """A workflow command for each, a line each."""
    return "\n".join(map(_command, diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    places = {
        "file": shown_path(span.file, os.environ.get("GITHUB_WORKSPACE") or None),
        "line": span.line,
        "endLine": span.end_line,
    }
    if span.line == span.end_line:  # columns mean nothing otherwise
        places |= {"col": span.col, "endColumn": span.end_col}
    title = f"{diagnostic.code} {CODES[diagnostic.code].title}"
    properties = ",".join(
        f"{key}={_escaped(str(value), ':,')}" for key, value in {**places, "title": title}.items()
    )
    text = "\n".join([diagnostic.message, *diagnostic.notes, f"fix: {diagnostic.fix}"])
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """With what ends a command, or a property of it, written as `%0A`."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{more}" else c for c in text)
