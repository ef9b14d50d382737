"""What is wrong in the user's file, where, and what to do about it."""

from capnweb_gen.diagnostics.codes import CODES, Code, Severity
from capnweb_gen.diagnostics.report import Diagnostic, Report, Span
from capnweb_gen.diagnostics.text import Excerpts, render

__all__ = ["CODES", "Code", "Diagnostic", "Excerpts", "Report", "Severity", "Span", "render"]
