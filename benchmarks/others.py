"""Other libraries for RPC, for orientation: which of them can take part.

`make bench` installs them into an environment of their own (benchmarks/others.txt), as far as there
are builds for this machine. Whatever is not there is left out.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.scenarios import OTHERS, Pair, python_program

__all__ = ["PYTHON", "found"]

_ROOT: Final = Path(__file__).resolve().parent.parent

#: Where they are when nothing else is said.
PYTHON: Final = _ROOT / ".venv-peers" / "bin" / "python"


def found(python: Path, tell: Callable[[str], None]) -> tuple[Pair, ...]:
    """A pair for each library whose program loads in that Python.

    Args:
        python: of the environment that they are in.
        tell: told which are left out, and why.
    """
    python = python.absolute()  # they do not start in the folder that this runs in
    if not python.exists():
        tell(f"left out, since there is no {python}: {', '.join(OTHERS)}")
        return ()
    pairs: list[Pair] = []
    for name, module in OTHERS.items():
        problem = _problem(python, module)
        if problem:
            tell(f"left out: {name} ({problem})")
        else:
            program = python_program(module, python=str(python))
            pairs.append(Pair(name, program, program))
    return tuple(pairs)


def _problem(python: Path, module: str) -> str:
    """Why a program does not load, in a line; empty if it does."""
    done = subprocess.run(
        (python, "-c", f"import benchmarks.programs.{module}"),
        cwd=_ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if not done.returncode:
        return ""
    return (done.stderr.strip().splitlines() or [f"it ends with {done.returncode}"])[-1]
