"""The code blocks of a Markdown file, and running what they say."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOT", "TIMEOUT", "Block", "blocks", "free_port", "run", "serving"]

ROOT = Path(__file__).parents[2]

#: Seconds for one command; type checkers start cold on a machine that may be busy.
TIMEOUT = 170

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a file, in order."""
    return [Block(*match.groups()) for match in _BLOCK.finditer(path.read_text(encoding="utf-8"))]


def run(folder: Path, *command: str) -> str:
    """The output of a command that must succeed; `python`, `capnweb-gen`: those of the tests."""
    done = subprocess.run(
        _own(command),
        cwd=folder,
        input="",
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def serving(folder: Path, *command: str, ready: int) -> Iterator[None]:
    """Run a server while the context lasts; it is ready when it listens on the port `ready`."""
    with subprocess.Popen(
        _own(command), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while process.poll() is None:
                try:
                    socket.create_connection(("localhost", ready)).close()
                except ConnectionRefusedError:
                    continue
                break
            assert process.poll() is None, process.communicate()[1]
            yield
        finally:
            process.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def _own(command: tuple[str, ...]) -> list[str]:
    name, *arguments = command
    if name == "python":
        return [sys.executable, *arguments]
    if name == "uvicorn":
        return [sys.executable, "-m", "uvicorn", *arguments]
    if name == "capnweb-gen":
        return [sys.executable, "-m", "capnweb_gen", *arguments]
    return list(command)
