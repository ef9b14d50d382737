"""The command line, and that it leaves nothing behind but what it should."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from capnweb_gen import generate
from capnweb_gen.project import MANIFEST

_GOOD = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
"""

_FILES = [MANIFEST, "__init__.py", "client.py", "contract.json", "fake.py", "server.py"]


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    path = tmp_path / "api.py"
    path.write_text(_GOOD)
    return path


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), str(root / "runtime")])
    return subprocess.run(
        [sys.executable, "-m", "capnweb_gen", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_writes_the_package_beside_the_source(source: Path) -> None:
    done = run("api.py", cwd=source.parent)
    assert (
        done.stdout == "api_rpc: wrote __init__.py, client.py, server.py, fake.py, contract.json\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert names(source.parent) == ["api.py", "api_rpc"]
    assert names(source.parent / "api_rpc") == _FILES


def test_the_second_run_touches_nothing(source: Path) -> None:
    run("api.py", cwd=source.parent)
    package = source.parent / "api_rpc"
    before = {path: path.stat().st_mtime_ns for path in package.iterdir()}
    done = run("generate", "api.py", cwd=source.parent)
    assert done.stdout == "api_rpc: up to date\n"
    assert {path: path.stat().st_mtime_ns for path in package.iterdir()} == before


def test_several_files_and_another_folder(source: Path, tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text(_GOOD)
    done = run("api.py", "more.py", "--output", "out/rpc", cwd=tmp_path)
    assert done.returncode == 0
    assert names(tmp_path / "out/rpc") == ["api_rpc", "more_rpc"]
    assert names(tmp_path) == ["api.py", "more.py", "out"]


def test_errors_go_to_stderr_and_the_exit_code(source: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(_GOOD.replace("a: int", "a: set[int]"))
    done = run("bad.py", "api.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("bad.py:6:28: error CW201: set[int] cannot travel\n")
    assert done.stdout == ""
    assert names(tmp_path) == ["api.py", "bad.py"]


def test_what_the_module_prints_is_not_our_output(source: Path) -> None:
    source.write_text(f"print('loading')\n{_GOOD}")
    done = run("api.py", cwd=source.parent)
    assert done.stdout.startswith("api_rpc: wrote")
    assert done.stderr == "loading\n"


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == f"capnweb-gen {version('capnweb-gen')}\n"
    assert "capnweb-gen api.py" in run("--help", cwd=tmp_path).stdout
    assert run("--nonsense", cwd=tmp_path).returncode == 2


def test_an_edit_is_seen_within_the_same_process(source: Path) -> None:
    generate(source)
    source.write_text(_GOOD.replace("add", "sub"))
    assert generate(source).changed
    assert "def sub(" in (source.parent / "api_rpc/client.py").read_text()
    assert "api" not in sys.modules


def test_modules_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "api.py").write_text(_GOOD.replace("add", name))
        result = generate(folder / "api.py")
        assert result.package is not None
        assert f"def {name}(" in (result.package / "client.py").read_text()


def test_all_or_nothing_when_the_disk_is_full(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(source)
    package = source.parent / "api_rpc"
    before = {path.name: path.read_bytes() for path in package.iterdir()}
    source.write_text(_GOOD.replace("add", "sub"))
    make, room = tempfile.mkstemp, 2

    def mkstemp(**arguments: Any) -> tuple[int, str]:
        nonlocal room
        if room == 0:
            raise OSError(28, "No space left on device")
        room -= 1
        handle, name = make(**arguments)
        return handle, str(name)

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    result = generate(source)
    assert [found.code for found in result.diagnostics] == ["CW902"]
    assert {path.name: path.read_bytes() for path in package.iterdir()} == before


def test_files_are_readable_as_others_are(source: Path) -> None:
    generate(source)
    assert (source.parent / "api_rpc/client.py").stat().st_mode == source.stat().st_mode


def test_check_for_programs(source: Path) -> None:
    folder = source.parent
    done = run("check", "api.py", "--format", "github", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("::error ")
    assert "CW906" in done.stdout
    assert done.stderr.startswith("--- /dev/null\n+++ b/api_rpc/")
    run("api.py", cwd=folder)
    done = run("check", "api.py", "--format", "json", cwd=folder)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
    broken = run("check", "none.py", "--format", "json", cwd=folder)
    assert broken.returncode == 2
    assert [found["code"] for found in json.loads(broken.stdout)] == ["CW001"]
