"""What `init` writes: the first lines of a project."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.project.config import find_table

__all__ = ["API", "GITHUB", "PRE_COMMIT", "with_table"]

#: A first module of interfaces.
API: Final = '''\
"""What the server offers. `capnweb-gen` makes a client and a server skeleton from it."""

from typing import Protocol


class Api(Protocol):
    async def greet(self, name: str) -> str:
        """Say hello."""
'''

#: A configuration of pre-commit. The hook runs in the project's own environment, since the sources
#: are imported, with all that they import.
PRE_COMMIT: Final = """\
repos:
  - repo: local
    hooks:
      - id: capnweb-gen
        name: generated code is up to date
        entry: capnweb-gen check --no-diff
        language: system
        pass_filenames: false
        files: (\\.py|pyproject\\.toml|\\.capnweb-gen\\.json)$
"""

#: A workflow of GitHub Actions.
GITHUB: Final = """\
name: generated code
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install capnweb-gen .
      - run: capnweb-gen check --format github
"""


def with_table(path: Path, sources: Sequence[str], report: Report) -> bytes | None:
    """A pyproject.toml with a table of ours at its end; all before it stays as it is.

    Returns:
        None if it has one already, or is not TOML.
    """
    present = path.read_bytes() if path.is_file() else b""
    if present:
        table = find_table(path, report)
        if report.has_errors():
            return None
        if table is not None:
            message = f"{path.name} has a table [tool.capnweb-gen] already"
            report.add("CW909", table, message, "change that one")
            return None
    end = "\r\n" if b"\r\n" in present else "\n"
    # The strings of JSON are strings of TOML.
    lines = ["[tool.capnweb-gen]", f"sources = {json.dumps(sources, ensure_ascii=False)}", ""]
    gap = (end if not present.endswith(b"\n") else "") + end if present else ""
    made = present + (gap + end.join(lines)).encode()
    try:
        tomllib.loads(made.decode())
    except tomllib.TOMLDecodeError:
        message = f"a table cannot be added at the end of {path.name}"
        fix = f"add it by hand: {' '.join(lines).strip()}"
        report.add("CW803", Span(str(path), 1, 1, 1, 1), message, fix)
        return None
    return made
