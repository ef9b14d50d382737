"""python -m benchmarks.generator [--quick].

How long the generator takes for a large module (big_api.py), and what its output costs those who
import and type-check it. Each measurement is a process of its own; a figure is the median of
several. The packages of Python that are used have their bytecode, as after any first run; the
module of interfaces has none, as after any edit, but for measuring imports, where all is compiled.

Writes results/generator.json, and from it the table in docs/performance-generator.md.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import machine
from benchmarks.big_api import big_api
from benchmarks.pages import DOCS, store

__all__ = ["PAGE", "table"]

_ROOT: Final = Path(__file__).parents[1]
PAGE: Final = DOCS / "performance-generator.md"

#: What stands around the table in the docs.

_INTERFACES: Final = 300

_IMPORT: Final = """
import sys, time
import capnweb_runtime, capnweb_runtime.generated
def timed(name):
    wall, cpu = time.perf_counter(), time.process_time()
    __import__(name)
    return time.perf_counter() - wall, time.process_time() - cpu
print(*(part for name in sys.argv[1:] for part in timed(name)))
"""


@dataclass(frozen=True)
class Cost:
    """What something took, in seconds: on the clock, and of a processor."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Figure:
    """Something that is measured.

    Attributes:
        name: what it is, in the table.
        measure: does it once.
        runs: how often that is done.
    """

    name: str
    measure: Callable[[], Cost]
    runs: int


class Project:
    """A folder with the module and what is generated from it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "big.py").write_text(big_api(_INTERFACES))

    def generate_anew(self) -> Cost:
        shutil.rmtree(self._folder / "big_rpc", ignore_errors=True)
        return self.generate_again()

    def generate_again(self) -> Cost:
        self._forget_bytecode()
        return self._timed("-m", "capnweb_gen", "big.py")

    def check(self) -> Cost:
        self._forget_bytecode()
        return self._timed("-m", "capnweb_gen", "check", "big.py")

    def import_module(self) -> Cost:
        """The user's own module."""
        return self._imported("big")[0]

    def import_client(self) -> Cost:
        return self._imported("big", "big_rpc.client")[1]

    def import_server(self) -> Cost:
        return self._imported("big", "big_rpc.client", "big_rpc.server")[2]

    def mypy_module(self) -> Cost:
        return self._mypy("big.py")

    def mypy_all(self) -> Cost:
        return self._mypy("big.py", "big_rpc")

    def sizes(self) -> dict[str, dict[str, int]]:
        """Lines and bytes of the module and of what is generated from it."""
        files = [self._folder / "big.py", *sorted((self._folder / "big_rpc").glob("*.*"))]
        contents = {file.relative_to(self._folder): file.read_bytes() for file in files}
        return {
            name.as_posix(): {"lines": content.count(b"\n"), "bytes": len(content)}
            for name, content in contents.items()
        }

    def _mypy(self, *paths: str) -> Cost:
        with tempfile.TemporaryDirectory() as cache:
            return self._timed("-m", "mypy", "--strict", f"--cache-dir={cache}", *paths)

    def _imported(self, *modules: str) -> list[Cost]:
        output = self._run("-c", _IMPORT, *modules)
        seconds = [float(part) for part in output.split()]
        return [Cost(*pair) for pair in zip(seconds[::2], seconds[1::2], strict=True)]

    def _forget_bytecode(self) -> None:
        for folder in self._folder.rglob("__pycache__"):
            shutil.rmtree(folder)

    def _timed(self, *arguments: str) -> Cost:
        wall, cpu = time.perf_counter(), _cpu_of_children()
        self._run(*arguments)
        return Cost(time.perf_counter() - wall, _cpu_of_children() - cpu)

    def _run(self, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'runtime'}"}
        environment |= {"MYPYPATH": str(_ROOT / "runtime")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self._folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done.stdout


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figures(project: Project, *, quick: bool) -> list[Figure]:
    few, many = (1, 3) if quick else (3, 7)
    return [
        Figure("generate, from nothing", project.generate_anew, many),
        Figure("generate, nothing changed", project.generate_again, many),
        Figure("check", project.check, many),
        Figure("import your module", project.import_module, many),
        Figure("import the client, beyond that", project.import_client, many),
        Figure("import the server, beyond both", project.import_server, many),
        Figure("mypy --strict, your module alone, no cache", project.mypy_module, few),
        Figure("mypy --strict, with the package, no cache", project.mypy_all, few),
    ]


def _measured(*, quick: bool) -> dict[str, Any]:
    """All figures. One unmeasured run first has the bytecode of all packages written."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for warm_up in (project.generate_anew, project.import_server):
            warm_up()
        rows: list[dict[str, Any]] = []
        for figure in _figures(project, quick=quick):
            print(figure.name, "...", file=sys.stderr, flush=True)
            costs = [figure.measure() for _ in range(figure.runs)]
            rows.append(
                {
                    "name": figure.name,
                    "seconds": round(median(cost.wall for cost in costs), 4),
                    "cpu_seconds": round(median(cost.cpu for cost in costs), 4),
                    "least_seconds": round(min(cost.wall for cost in costs), 4),
                    "runs": figure.runs,
                }
            )
        return {
            "interfaces": _INTERFACES,
            "python": sys.version.split()[0],
            "machine": machine.description(),
            "load": round(os.getloadavg()[0], 1),
            "figures": rows,
            "sizes": project.sizes(),
        }


def table(found: dict[str, Any]) -> Iterable[str]:
    """The figures for the page."""
    yield "| | median | of a processor | fastest |"
    yield "|---|---:|---:|---:|"
    for row in found["figures"]:
        costs = [_shown(row[key]) for key in ("seconds", "cpu_seconds", "least_seconds")]
        yield f"| {row['name']} | {' | '.join(costs)} |"
    yield ""
    yield "| | lines | kB |"
    yield "|---|---:|---:|"
    for name, size in found["sizes"].items():
        yield f"| `{name}` | {size['lines']:,} | {size['bytes'] / 1000:,.0f} |"
    yield ""
    yield f"Python {found['python']}; {found['machine']}; load at the end {found['load']}."


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.5 else f"{seconds * 1000:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator")
    parser.add_argument("--quick", action="store_true", help="fewer runs, and nothing is written")
    quick: bool = parser.parse_args().quick
    found = _measured(quick=quick)
    print("\n".join(table(found)))
    if not quick:
        store("generator", found, PAGE, "the generator", table(found))


if __name__ == "__main__":
    main()
