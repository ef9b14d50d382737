"""Reads a TypeScript file, by the compiler that the project itself uses."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.importer.model import Module
from capnweb_gen.importer.parse import parse

__all__ = ["read"]

_SCRIPT: Final = Path(__file__).with_name("dump.mjs")

_SUFFIXES: Final = (".ts", ".mts", ".cts", ".tsx")


def read(path: Path, typescript: Path | None, report: Report) -> Module | None:
    """Read what a file declares.

    Args:
        path: of the file.
        typescript: the folder of the npm package `typescript`; None looks for it in `node_modules`
            beside the file and above.
        report: takes what is wrong.

    Returns:
        What it declares; None if it cannot be told.
    """
    top = Span(str(path), 1, 1, 1, 1)
    if not path.is_file() or path.suffix not in _SUFFIXES:
        message = f"{path.name} is no TypeScript file"
        report.add("CW602", top, message, "give the path of a .ts or .d.ts file")
        return None
    node = shutil.which("node")
    if node is None:
        message = "Node.js was not found: the TypeScript compiler, which reads the file, runs on it"
        report.add("CW601", top, message, "install Node.js 20 or later, and have it in the PATH")
        return None
    folder = typescript or _found(path.absolute().parent)
    if folder is None or not (folder / "package.json").is_file():
        where = f"in {typescript}" if typescript else f"in any node_modules from {path.name} upward"
        message = f"the npm package typescript was not found {where}"
        fix = "run `npm install --save-dev typescript`, or give its folder with --typescript"
        report.add("CW601", top, message, fix)
        return None
    return _dumped(node, folder, path, report)


def _found(folder: Path) -> Path | None:
    """The package as Node would find it."""
    candidates = (each / "node_modules/typescript" for each in (folder, *folder.parents))
    return next((each for each in candidates if each.is_dir()), None)


def _dumped(node: str, typescript: Path, path: Path, report: Report) -> Module | None:
    done = subprocess.run(  # noqa: S603 (our script, and paths that the user gave)
        [node, str(_SCRIPT), str(typescript.absolute()), str(path.absolute())],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        said = tuple(done.stderr.strip().splitlines()[-12:])
        message = "the TypeScript compiler could not read the file"
        fix = "run `npx tsc --noEmit` on it; typescript 5.0 or later is needed"
        report.add("CW603", Span(str(path), 1, 1, 1, 1), message, fix, said)
        return None
    module = parse(json.loads(done.stdout))
    for message, span in module.errors:
        report.add("CW603", span, message, "correct it: the TypeScript compiler cannot parse it")
    return None if module.errors else module
