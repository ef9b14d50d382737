"""Runs mypy and pyright over a folder, as strictly as they can."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["mypy", "pyright"]

_ROOT = Path(__file__).parents[2]
_PYRIGHT = _ROOT / "tests/interop/node_modules/.bin/pyright"

_MYPY_OPTIONS = (
    "--strict",
    "--enable-error-code=truthy-bool",
    "--enable-error-code=unused-awaitable",
    "--explicit-package-bases",
    "--no-error-summary",
    # Kept between runs, so that pydantic and the runtime are read once.
    f"--cache-dir={_ROOT / '.mypy_cache/generated'}",
)

_PYRIGHT_OPTIONS = {
    "typeCheckingMode": "strict",
    "enableTypeIgnoreComments": False,
    "reportUnnecessaryTypeIgnoreComment": "error",
    "extraPaths": [str(_ROOT / "runtime")],
    "include": ["."],
}


def mypy(folder: Path) -> str:
    """What mypy reports on all modules in a folder."""
    return _output([sys.executable, "-m", "mypy", *_MYPY_OPTIONS, "."], folder)


def pyright(folder: Path) -> str:
    """What pyright reports on all modules in a folder."""
    if not _PYRIGHT.exists():
        pytest.fail("pyright is not installed: run `npm ci` in tests/interop")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    config = folder / "pyrightconfig.json"
    config.write_text(json.dumps({**_PYRIGHT_OPTIONS, "pythonVersion": version}))
    report = json.loads(
        _output([str(_PYRIGHT), "--outputjson", "--pythonpath", sys.executable], folder)
    )
    assert report["summary"]["filesAnalyzed"] > 0
    return "\n".join(
        f"{Path(found['file']).name}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
    )


def _output(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "MYPYPATH": str(_ROOT / "runtime")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.strip()
