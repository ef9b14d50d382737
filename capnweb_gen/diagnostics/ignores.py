"""`# capnweb: ignore[CW305]`: comments that take diagnostics back.

They do so on the lines of the place of a diagnostic, and on a line of their own above it. An error
cannot be taken back: there would be nothing to generate. What breaks old clients can, by those who
want it so. A comment that does nothing is told, but not one for a comparison of versions: whether
that finds something depends on the version.
"""

import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from capnweb_gen.diagnostics.codes import CODES, can_be_ignored, is_of_breaking
from capnweb_gen.diagnostics.report import Diagnostic, Span

__all__ = ["without_ignored"]

_COMMENT: Final = re.compile(r"#\s*capnweb:\s*ignore\b(?:\[(?P<codes>[^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class _Ignore:
    """A code in a comment, and where the comment is; "" for a comment without a code.

    Attributes:
        line: for which it is meant.
    """

    code: str
    line: int
    span: Span


def without_ignored(diagnostics: Iterable[Diagnostic], sources: Iterable[Path]) -> list[Diagnostic]:
    """What is left of diagnostics.

    Args:
        diagnostics: all of a run.
        sources: the files that were read in it. What their comments do not take back, because it
            is not there, is told; in other files it may be there in another run.
    """
    found = list(diagnostics)
    own = {str(path) for path in sources}
    comments = {file: _ignores(file) for file in sorted(own | {each.span.file for each in found})}
    used: set[_Ignore] = set()
    left: list[Diagnostic] = []
    for diagnostic in found:
        by = _ignoring(diagnostic, comments)
        used.update(by)
        if not by:
            left.append(diagnostic)
    for file in sorted(own):
        idle = [each for each in comments[file] if each not in used]
        left += [_idle(each, found) for each in idle if not is_of_breaking(each.code)]
    return sorted(left, key=lambda each: (each.span, each.code))


def _ignoring(diagnostic: Diagnostic, comments: Mapping[str, Iterable[_Ignore]]) -> list[_Ignore]:
    """The comments that take a diagnostic back."""
    if not can_be_ignored(diagnostic.code):
        return []
    return [
        each
        for each in comments[diagnostic.span.file]
        if each.code == diagnostic.code and _is_at(each, diagnostic)
    ]


def _is_at(ignore: _Ignore, diagnostic: Diagnostic) -> bool:
    return diagnostic.span.line <= ignore.line <= diagnostic.span.end_line


def _idle(ignore: _Ignore, found: Iterable[Diagnostic]) -> Diagnostic:
    """Tell why a comment does nothing."""
    code = ignore.code
    if not code:
        here = {each.code for each in found if _is_at(ignore, each) and can_be_ignored(each.code)}
        message = "this comment does not say what to ignore"
        fix = f"write # capnweb: ignore[{', '.join(sorted(here)) or 'CW305'}]"
    elif code not in CODES:
        near = difflib.get_close_matches(code.upper(), CODES, 1, 0.8)
        message = f"there is no {code}"
        fix = f"write {near[0]}" if near else "write a code as diagnostics have it"
    elif not can_be_ignored(code):
        message = f"{code} is an error, which cannot be ignored"
        fix = "remove its cause"
    else:
        message = f"there is no {code} to ignore here"
        fix = "remove it"
    return Diagnostic("CW010", message, ignore.span, fix)


def _ignores(file: str) -> list[_Ignore]:
    """The comments of a Python file, one for each code; none if it cannot be read."""
    try:
        with tokenize.open(file) as stream:
            text = stream.read()
        return list(_of_text(text, file)) if _COMMENT.search(text) else []
    except (OSError, SyntaxError, UnicodeDecodeError, tokenize.TokenError):
        return []  # if it is one that was to be read, that has been reported


def _of_text(text: str, file: str) -> Iterator[_Ignore]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    waiting: list[_Ignore] = []  # those on lines of their own, until the line that they are above
    for token in tokens:
        if token.type == tokenize.COMMENT:
            found = list(_of_comment(token, file))
            if token.line[: token.start[1]].strip():
                yield from found
            else:
                waiting += found
        elif token.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
            for each in waiting:
                yield _Ignore(each.code, token.start[0], each.span)
            waiting.clear()


def _of_comment(token: tokenize.TokenInfo, file: str) -> Iterator[_Ignore]:
    line, col = token.start[0], token.start[1] + 1
    for match in _COMMENT.finditer(token.string):
        parts = list(re.compile(r"[^,\s]+").finditer(token.string, *match.span("codes")))
        for part in parts or [match]:
            span = Span(file, line, col + part.start(), line, col + part.end())
            yield _Ignore(part[0] if parts else "", line, span)
