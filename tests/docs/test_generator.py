"""Every command in docs/generator.md prints what is shown there, from top to bottom."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from capnweb_gen.project import PRE_COMMIT
from tests.docs.blocks import ROOT, TIMEOUT, blocks, run

_PAGE = ROOT / "docs/generator.md"


@pytest.mark.timeout(3 * TIMEOUT)
def test_what_the_page_shows(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    commands = _commands(tmp_path / "bin")
    output = ""
    for block in blocks(_PAGE):
        name = re.match(r"# (\S+\.(?:py|toml))\n", block.text)
        if name is not None:
            (project / name[1]).write_text(block.text)
        elif block.language == "console":
            assert _said(block.text, project, commands) == block.text
        elif block.language == "python":
            (project / "program.py").write_text(block.text)
            output = run(project, "python", "program.py")
        elif block.language == "output":
            assert output == block.text
    run(project, "python", "-m", "mypy", "--strict", "server.py", "program.py")


def test_the_hook_is_the_one_that_init_writes() -> None:
    shown = next(block.text for block in blocks(_PAGE) if block.text.startswith("- repo: local"))
    indented = "".join(f"  {line}\n" for line in shown.splitlines())
    assert f"repos:\n{indented}" == PRE_COMMIT


def _commands(folder: Path) -> Path:
    """A folder with the command `capnweb-gen` of these sources."""
    folder.mkdir()
    command = folder / "capnweb-gen"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m capnweb_gen "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return folder


def _said(text: str, folder: Path, commands: Path) -> str:
    """The lines of a block again, with what its commands have printed; `$?` is kept."""
    said = ""
    status = 0
    for line in text.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                ["/bin/sh", "-c", f"(exit {status}); {line[2:]}"],
                cwd=folder,
                env={**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            status = done.returncode
            said += f"{line}\n{done.stdout}"
    return said
