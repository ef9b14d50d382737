"""What is wrong in the user's file, where, and what to do about it."""

from capnweb_gen.diagnostics.codes import CODES, Code, Severity, can_be_ignored
from capnweb_gen.diagnostics.ignores import without_ignored
from capnweb_gen.diagnostics.machine import as_github, as_json
from capnweb_gen.diagnostics.manual import section
from capnweb_gen.diagnostics.report import Diagnostic, Report, Span
from capnweb_gen.diagnostics.text import Excerpts, render, takes_colours

__all__ = [
    "CODES",
    "Code",
    "Diagnostic",
    "Excerpts",
    "Report",
    "Severity",
    "Span",
    "as_github",
    "as_json",
    "can_be_ignored",
    "render",
    "section",
    "takes_colours",
    "without_ignored",
]
