"""docs/typescript.md does what it says: its files are written, compiled, served and called."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, TIMEOUT, blocks, free_port, run, serving
from tests.generator.typescript.compiler import NODE_MODULES, link_packages

_PAGE = ROOT / "docs/typescript.md"

_NAME = re.compile(r"(?:#|//) (\S+\.(?:py|ts|mjs|json))\n")

#: What is generated, and shown as it is.
_GENERATED = {"web/notes.d.ts", "weather.py"}


@pytest.mark.timeout(3 * TIMEOUT)
def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--experimental-websocket --no-warnings")
    link_packages(tmp_path)
    ports = {"8080": str(free_port()), "8081": str(free_port())}
    files = {}
    for block in blocks(_PAGE):
        if (name := _NAME.match(block.text)) and block.language != "console":
            text = block.text.removeprefix(name[0])
            files[name[1]] = text if name[1] in _GENERATED else _at(ports, text)
    (tmp_path / "web").mkdir()
    for path, text in files.items():
        if path not in _GENERATED:
            (tmp_path / path).write_text(text)
    said = ""
    with ExitStack() as running:
        for block in blocks(_PAGE):
            if block.language == "output":
                assert said == block.text
            if block.language == "console":
                said = _run(block.text, tmp_path, ports, running)
    for path in _GENERATED:
        assert (tmp_path / path).read_text() == files[path]
    programs = [path for path in files if path.endswith(".py")]
    run(tmp_path, "python", "-m", "mypy", "--strict", *programs)


def test_what_is_reported(tmp_path: Path) -> None:
    link_packages(tmp_path)
    (tmp_path / "web").mkdir()
    texts = [block.text for block in blocks(_PAGE)]
    source = next(text for text in texts if text.startswith("// web/weather.ts\n"))
    (tmp_path / "web/weather.ts").write_text(source.partition("\n")[2])
    done = subprocess.run(
        [sys.executable, "-m", "capnweb_gen", "import", "web/weather.ts"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"```\n{done.stderr}```\n" in _PAGE.read_text()


def _run(text: str, folder: Path, ports: dict[str, str], running: ExitStack) -> str:
    """What the commands of a block print."""
    said = ""
    for line in text.splitlines():
        command = line.removeprefix("$ ").split()
        if command[0] == "npx":
            command = ["node", str(NODE_MODULES / "typescript/bin/tsc"), *command[2:]]
        if command[-1] == "&":
            port = ports["8081" if command[0] == "node" else "8080"]
            running.enter_context(serving(folder, *command[:-1], ready=int(port)))
        else:
            said = run(folder, *command)
    return said


def _at(ports: dict[str, str], text: str) -> str:
    for port, free in ports.items():
        text = text.replace(port, free)
    return text
