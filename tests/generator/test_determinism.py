"""The same input gives the same bytes: whoever runs it, where and when."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.generator.cases_on_disk import READABLE, options_of, source_of_good

_ROOT = Path(__file__).parents[2]

#: Interfaces of some size: packages with an api.py, and modules beside what uses them.
_PORTS_FOLDER = _ROOT / "tests/ports/cases"
_PORTS = sorted(
    [
        *_PORTS_FOLDER.glob("*/api.py"),
        *(
            path
            for path in _PORTS_FOLDER.glob("*.py")
            if not path.stem.endswith(("_server", "_use"))
        ),
    ]
)


def _locale(*wanted: str) -> str:
    """The first of some locales that this machine has."""
    done = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    there = {name.lower().replace("-", "") for name in done.stdout.split()}
    return next((name for name in wanted if name.lower().replace("-", "") in there), "C.UTF-8")


#: Environments, and with each a umask.
_ENVIRONMENTS: list[tuple[dict[str, str], int]] = [
    ({"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONUTF8": "0"}, 0o022),
    ({"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "America/St_Johns", "HOME": "/"}, 0o077),
    # Where the capital of i is not I.
    ({"PYTHONHASHSEED": "3", "LC_ALL": _locale("tr_TR.UTF-8", "tr_TR.utf8"), "COLUMNS": "40"}, 0),
]


def _settings(options: dict[str, Any]) -> str:
    """Options of `generate`, as the configuration has them."""
    lines = [
        f"{key.replace('_', '-')} = {json.dumps(value)}"
        for key, value in options.items()
        if not isinstance(value, dict)
    ]
    tables = [
        f"{key}.{json.dumps(name)} = {json.dumps(value)}"
        for key, table in options.items()
        if isinstance(table, dict)
        for name, value in table.items()
    ]
    return "\n".join([*lines, *tables])


def _make_project(folder: Path) -> None:
    """A project with a job for each case."""
    config = []
    ignored = shutil.ignore_patterns("expected", "*_rpc", "__pycache__")
    for case in READABLE:
        shutil.copytree(case, folder / case.name, ignore=ignored)
        source = (Path(case.name) / source_of_good(case).relative_to(case)).as_posix()
        config.append(f'[tool.capnweb-gen.jobs.{case.name}]\nsources = ["{source}"]')
        config.append(_settings(options_of(case)))
    if _PORTS:
        shutil.copytree(_PORTS_FOLDER, folder / "ports", ignore=ignored)
        sources = [f"ports/{path.relative_to(_PORTS_FOLDER).as_posix()}" for path in _PORTS]
        config.append(f"[tool.capnweb-gen.jobs.ports]\nsources = {json.dumps(sources)}")
    (folder / "pyproject.toml").write_text("\n".join(config), encoding="utf-8")


def _generate(folder: Path, cwd: Path, environment: dict[str, str], umask: int) -> None:
    paths = os.pathsep.join([str(_ROOT), str(_ROOT / "runtime")])
    done = subprocess.run(
        [sys.executable, "-m", "capnweb_gen", "--config", str(folder / "pyproject.toml")],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": paths, **environment},
        umask=umask,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.timeout(300)
def test_the_same_bytes_everywhere(tmp_path: Path) -> None:
    made: list[dict[str, bytes]] = []
    for number, (environment, umask) in enumerate(_ENVIRONMENTS):
        folder = tmp_path / f"folder {number}" / ("x" * 40 * number)
        folder.mkdir(parents=True)
        _make_project(folder)
        _generate(folder, [folder, tmp_path, Path("/")][number], environment, umask)
        made.append(_files(folder))
    assert {name for name in made[0] if name.endswith("contract.json")} >= {
        f"{case.name}/{case.name}_rpc/contract.json"
        for case in READABLE
        if (case / f"{case.name}.py").exists()
    }
    assert sum(name.endswith(".capnweb-gen.json") for name in made[0]) == len(READABLE) + len(
        _PORTS
    )
    assert made[1:] == made[:-1]
    # Nor does what is there already make a difference.
    first = tmp_path / "folder 0"
    _generate(first, first, {}, 0o022)
    assert _files(first) == made[0]
