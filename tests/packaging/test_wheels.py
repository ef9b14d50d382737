"""Both wheels, installed into empty environments: they generate, and they serve."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: What the runtime brings, and what those bring. Anything else has slipped in.
RUNTIME_BRINGS = {
    "annotated-types",
    "capnweb-runtime",
    "h11",
    "orjson",
    "pip",
    "pybase64",
    "pydantic",
    "pydantic-core",
    "setuptools",
    "typing-extensions",
    "typing-inspection",
    "websockets",
}

API = """
from typing import Protocol

class Adder(Protocol):
    async def add(self, a: int, b: int = 2) -> int: ...
"""

PROGRAM = """
import asyncio
import capnweb_runtime as rpc
from api_rpc import AdderStub, AdderTarget

class Server(AdderTarget):
    def add(self, a: int, b: int = 2) -> int:
        return a + b

async def main() -> None:
    async with rpc.serve(Server, "localhost", 0) as server:
        async with rpc.connect(AdderStub, f"ws://localhost:{server.port}") as adder:
            print(await adder.add(adder.add(1)))

asyncio.run(main())
"""


def run(*command: object, cwd: Path = ROOT) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT, ROOT / "runtime"):
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source)
    return folder


def environment(folder: Path, *install: object) -> Path:
    """A new virtual environment with some wheels in it; gives its folder of commands."""
    venv.create(folder, with_pip=True)
    commands = folder / "bin"
    run(commands / "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", *install)
    return commands


@pytest.mark.timeout(600)
def test_wheels_in_empty_environments(wheels: Path, tmp_path: Path) -> None:
    generator, runtime = (
        next(wheels.glob(f"{name}-*.whl")) for name in ("capnweb_gen", "capnweb_runtime")
    )
    (tmp_path / "api.py").write_text(API)
    (tmp_path / "program.py").write_text(PROGRAM)

    development = environment(tmp_path / "development", runtime, generator)
    run(development / "capnweb-gen", "api.py", cwd=tmp_path)
    explained = run(development / "capnweb-gen", "explain", "CW201", cwd=tmp_path)
    assert explained.startswith("## CW201 ")

    production = environment(tmp_path / "production", runtime)
    listed = run(production / "pip", "list", "--format", "freeze").split()
    names = {re.split("==|@", line)[0].replace("_", "-") for line in listed if "=" in line}
    assert names - RUNTIME_BRINGS == set()
    assert run(production / "python", "program.py", cwd=tmp_path) == "5\n"
