"""Every command and code block in the README, the guide and the examples does what it says."""

import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, TIMEOUT, blocks, free_port, run, serving

pytestmark = pytest.mark.timeout(2 * TIMEOUT)

EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/README.md"))

#: Pages whose programs run as they stand.
NAMES = (
    "guide",
    "types",
    "interfaces",
    "serving",
    "from-capnweb",
    "transports",
    "reconnection",
    "names",
    "contract",
    "testing",
)
PAGES = [ROOT / "docs" / f"{name}.md" for name in NAMES]

#: What clients say where their READMEs do not show it.
CLIENT_SAYS = {
    "profiles": [
        "Ada Lovelace, Alan Turing, Grace Hopper (round trips: 6)",
        "Ada Lovelace, Alan Turing, Grace Hopper (round trips: 1)",
    ],
}


def test_readme_program(tmp_path: Path) -> None:
    port = free_port()
    for block in blocks(ROOT / "README.md"):
        name = re.match(r"# (\w+\.py)\n", block.text)
        if block.language == "python":
            assert name is not None, block.text
            (tmp_path / name[1]).write_text(block.text.replace("8080", str(port)))
    assert "$ capnweb-gen api.py\n" in [block.text for block in blocks(ROOT / "README.md")]
    run(tmp_path, "capnweb-gen", "api.py")
    run(tmp_path, "python", "-m", "mypy", "--strict", "server.py", "client.py")
    with serving(tmp_path, "python", "server.py", ready=port):
        assert run(tmp_path, "python", "client.py") == "Ada\n"


def test_readme_commands_are_targets() -> None:
    commands = [
        line.removeprefix("$ ").split()
        for block in blocks(ROOT / "README.md")
        if block.language == "console"
        for line in block.text.splitlines()
    ]
    for command in commands:
        if command[0] == "make":
            run(ROOT, "make", "--dry-run", *command[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_programs_of_a_page(page: Path, tmp_path: Path) -> None:
    port = free_port()
    output = None
    with ExitStack() as running:
        for block in blocks(page):
            text = block.text.replace("8080", str(port))
            name = re.match(r"# (\w+\.py)\n", text)
            if block.language == "python" and name is not None:  # of a program that comes later
                (tmp_path / name[1]).write_text(text)
            elif block.language == "python":
                (tmp_path / "program.py").write_text(text)
                output = run(tmp_path, "python", "program.py")
            elif block.language == "console":
                for line in text.splitlines():
                    command = line.removeprefix("$ ").split()
                    if command[-1] == "&":
                        running.enter_context(serving(tmp_path, *command[:-1], ready=port))
                    else:
                        output = run(tmp_path, *command)
            elif block.language == "output":
                # A digest is right where it is compared, and no reader's business.
                assert output is not None
                assert re.sub(r"sha256:[0-9a-f]{64}", "sha256:DIGEST", output) == block.text
    assert output is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_types_of_a_page(page: Path, tmp_path: Path) -> None:
    programs = []
    for number, block in enumerate(blocks(page)):
        name = re.match(r"# (\w+\.py)\n", block.text)
        if block.language == "python":
            programs.append(name[1] if name else f"program{number}.py")
            (tmp_path / programs[-1]).write_text(block.text)
        elif block.language == "console" and "capnweb-gen" in block.text:
            run(tmp_path, *block.text.removeprefix("$ ").split())
    run(tmp_path, "python", "-m", "mypy", "--strict", *programs)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Path, tmp_path: Path) -> None:
    """All that its README says, with what it shows; each block may start a server of its own."""
    folder = tmp_path / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("*_rpc", "__pycache__"))
    said = ""
    with ExitStack() as running:
        port = free_port()
        for block in blocks(example / "README.md"):
            if block.language != "console":
                continue
            shown = []
            for line in block.text.splitlines():
                if not line.startswith("$ "):
                    shown.append(line)
                    continue
                command = line.removeprefix("$ ").split()
                if command[-1] == "&":
                    port = free_port()
                    command = _listening_on(port, command[:-1])
                    running.enter_context(serving(folder, *command, ready=port))
                else:
                    said += run(folder, *_at(port, command))
            for line in shown:
                assert line in said, said
    for line in CLIENT_SAYS.get(example.name, []):
        assert line in said, said


def _listening_on(port: int, command: list[str]) -> list[str]:
    """The command of a server, on another port."""
    if "8080" in command:
        return [str(port) if word == "8080" else word for word in command]
    return [*command, str(port)]


def _at(port: int, command: list[str]) -> list[str]:
    """The command of a client, for a server on another port."""
    if any("8080" in word for word in command):
        return [word.replace("8080", str(port)) for word in command]
    if command[0] != "python":
        return command
    scheme = "http" if command[1] == "batch.py" else "ws"
    return [*command, f"{scheme}://localhost:{port}"]


def test_demo() -> None:
    output = run(ROOT / "examples", "python", "demo.py")
    for line in ("round trips: 1", "round trips: 6", "[ada] * bob left", "[bob] ada: hello, Bob"):
        assert line in output, output
