"""Why a module could not be imported, with those lines of the traceback that are the user's."""

import linecache
import re
import signal
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.loader.source import Source

__all__ = ["report_end", "report_exception", "report_reading"]

#: So many lines of a traceback say where it began, and as many where it ended.
_SHOWN_FRAMES: Final = 6

_DUMPED_FRAME: Final = re.compile(r'  File "(.*)", line (\d+) in ')


class _Frame(NamedTuple):
    """A line of the user's in a traceback."""

    file: str
    span: Span
    text: str


def report_exception(error: BaseException, source: Source, report: Report) -> None:
    """Say what a module raised when it was imported."""
    frames = [_frame(each) for each in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_whole_line(error.filename, error.lineno or 1))
    fix = None
    if isinstance(error, ImportError) and "no known parent package" in str(error):
        fix = f"make {source.path.parent.name}/ a package with an __init__.py, or say --root"
    _report(source, _described(error), _users(frames, source), report, fix)


def report_end(
    status: int, dump: str, time_limit: float | None, source: Source, report: Report
) -> None:
    """Say that the process which imported a module ended.

    Args:
        status: its exit code; negative if a signal ended it.
        dump: what `faulthandler` said, "" if nothing.
        time_limit: in seconds, None if there is none.
        source: the module.
        report: takes it.
    """
    fix = None
    if time_limit and dump.startswith("Timeout"):
        reason = f"it took longer than {time_limit:g} s"
        fix = "do such work where it is needed, not when the module is imported"
    elif status < 0:
        reason = f"the process was ended by {_signal(-status)}"
    else:
        reason = f"the process was ended with status {status}"
    places = [(match[1], int(match[2])) for match in _DUMPED_FRAME.finditer(dump)]
    frames = [_whole_line(file, line) for file, line in reversed(places)]
    _report(source, reason, _users(frames, source), report, fix)


def report_reading(error: Exception, source: Source, report: Report) -> None:
    """Say that an imported module could not be read, by a strange object or a fault of ours."""
    message = f"reading {source.module} failed: {_described(error)}"
    trace = traceback.extract_tb(error.__traceback__)
    frames = _users([_frame(each) for each in trace], source)
    fix = "use an object whose class lets itself be looked at"
    notes = [f"{frame.file}:{frame.span.line}: {frame.text}" for frame in frames]
    if not frames:
        fix = "this is a bug of capnweb-gen: report it, with these lines"
        notes = [f"{Path(each.filename).name}:{each.lineno}: {each.line}" for each in trace]
    report.add("CW007", _place(frames, source), message, fix, _shortened(notes))


def _report(
    source: Source, reason: str, frames: list[_Frame], report: Report, fix: str | None = None
) -> None:
    notes = [f"{frame.file}:{frame.span.line}: {frame.text}" for frame in frames]
    report.add(
        "CW002",
        _place(frames, source),
        f"importing {source.module} failed: {reason}",
        fix or f"make `python -c 'import {source.module}'` work in {source.root.name}/",
        _shortened(notes),
    )


def _place(frames: list[_Frame], source: Source) -> Span:
    """The last line of the file itself, if it is among them."""
    own = [frame.span for frame in frames if frame.span.file == str(source.path)]
    return own[-1] if own else source.start


def _described(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 (it is the user's class)
        text = "its message cannot be shown"
    return " ".join(f"{type(error).__name__}: {text}".split()).rstrip(":")


def _frame(frame: traceback.FrameSummary) -> tuple[Span, str]:
    """The place of a frame; Python counts columns in bytes, editors in characters."""
    line = frame.lineno or 1
    text = linecache.getline(frame.filename, line)
    start, end = (
        len(text.encode()[:offset].decode(errors="replace")) + 1
        for offset in (frame.colno or 0, frame.end_colno or 0)
    )
    return Span(frame.filename, line, start, frame.end_lineno or line, end), text


def _whole_line(file: str, line: int) -> tuple[Span, str]:
    text = linecache.getline(file, line)
    indent = len(text) - len(text.lstrip())
    return Span(file, line, indent + 1, line, len(text.rstrip()) + 1), text


def _users(frames: Iterable[tuple[Span, str]], source: Source) -> list[_Frame]:
    """Those of the user's files: a virtual environment in a project is not the project."""
    folders = [str(source.root), *sys.path]
    found = []
    for span, text in frames:
        above = [each for each in folders if each and Path(span.file).is_relative_to(each)]
        if max(above, key=len, default=None) == str(source.root):
            file = Path(span.file).relative_to(source.root).as_posix()
            found.append(_Frame(file, span, text.strip()))
    return found


def _shortened(notes: list[str]) -> tuple[str, ...]:
    """Without the middle of what may be an endless recursion."""
    left_out = len(notes) - 2 * _SHOWN_FRAMES
    if left_out > 0:
        notes = [*notes[:_SHOWN_FRAMES], f"… {left_out} more …", *notes[-_SHOWN_FRAMES:]]
    return tuple(notes)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
