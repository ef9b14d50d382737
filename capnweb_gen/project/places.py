"""Where the keys of a TOML file stand, which `tomllib` does not tell.

It does tell whether the first lines of a file are TOML by themselves, and what they say. The line
with which a key appears is therefore found by halving, without a parser of our own.
"""

import tomllib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from capnweb_gen.diagnostics import Span

__all__ = ["TomlText"]


class TomlText:
    """A file that is known to be TOML."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines(keepends=True)

    def place(self, keys: Sequence[str | int]) -> Span:
        """Where a key is written, or an item of an array; if it is not, where its table is."""
        while keys and self._find(len(self._lines), keys) is None:
            keys = keys[:-1]
        if not keys:
            return Span(str(self._path), 1, 1, 1, 1)
        before, upto = 0, len(self._lines)  # it is in the first `upto` lines, not in `before`
        while (middle := self._whole(before, upto)) is not None:
            if self._find(middle, keys) is not None:
                upto = middle
            else:
                before = middle
        written = keys[-1] if isinstance(keys[-1], str) else self._find(upto, keys)
        return self._span(before, upto, written)

    def _whole(self, before: int, upto: int) -> int | None:
        """A number of lines between the two, near the middle, that are TOML by themselves."""
        middle = (before + upto) // 2
        for count in chain(range(middle, before, -1), range(middle + 1, upto)):
            if self._parsed(count) is not None:
                return count
        return None

    def _find(self, count: int, keys: Sequence[str | int]) -> object:
        """What the first lines say of a key; None if nothing."""
        found: object = self._parsed(count)
        for key in keys:
            if isinstance(found, list) and isinstance(key, int):
                found = dict(enumerate(found))
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def _parsed(self, count: int) -> dict[str, object] | None:
        try:
            return tomllib.loads("".join(self._lines[:count]))
        except tomllib.TOMLDecodeError:
            return None

    def _span(self, before: int, upto: int, written: object) -> Span:
        """A key or a string in the statement of these lines; the first line if it is not seen."""
        for number in range(before, upto):
            line = self._lines[number].rstrip()
            col = line.find(written) if isinstance(written, str) and written else -1
            if col >= 0:
                end = col + 1 + len(str(written))
                return Span(str(self._path), number + 1, col + 1, number + 1, end)
        line = self._lines[before].rstrip()
        indent = len(line) - len(line.lstrip())
        return Span(str(self._path), before + 1, indent + 1, before + 1, len(line) + 1)
