"""Runs the TypeScript compiler over a folder, as strictly as it can."""

import json
import subprocess
from pathlib import Path

import pytest

__all__ = ["NODE_MODULES", "compiled", "link_packages", "tsc"]

NODE_MODULES = Path(__file__).parents[2] / "interop/node_modules"

_OPTIONS = {
    "strict": True,
    "noEmit": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "verbatimModuleSyntax": True,
    "target": "es2022",
    "module": "nodenext",
    "lib": ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
    "types": [],
}

#: What the package's own declarations take from Node, whose types are not installed.
_NODE = """
declare module "node:http" {
  export interface IncomingMessage {}
  export interface ServerResponse {}
  export type OutgoingHttpHeader = string;
  export interface OutgoingHttpHeaders {}
}
"""


def link_packages(folder: Path) -> None:
    """Let modules in a folder import the npm packages, and be modules."""
    if not (NODE_MODULES / "typescript").is_dir():
        pytest.fail("typescript is not installed: run `make setup`")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "package.json").write_text('{"type": "module"}')


def tsc(folder: Path) -> str:
    """What the compiler reports on all files in a folder, those of packages left out.

    The declarations of capnweb 0.12 have two errors of their own (TS2574), which no option hides
    without hiding ours: `skipLibCheck` is about every `.d.ts` file.
    """
    (folder / "node.d.ts").write_text(_NODE)
    options = {"compilerOptions": _OPTIONS, "include": ["**/*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(options))
    done = subprocess.run(
        ["node", NODE_MODULES / "typescript/lib/tsc.js", "--pretty", "false", "-p", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 2}, done.stdout + done.stderr
    ours = [
        line
        for line in done.stdout.splitlines()
        if "node_modules/capnweb/" not in line and not line.startswith(" ")
    ]
    return "\n".join(ours)


def compiled(source: str) -> str:
    """TypeScript as JavaScript, without a look at its types."""
    program = (
        "const ts = require(process.argv[1]);"
        "const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };"
        "const text = require('fs').readFileSync(0, 'utf8');"
        "process.stdout.write(ts.transpileModule(text, { compilerOptions: options }).outputText);"
    )
    done = subprocess.run(
        ["node", "-e", program, NODE_MODULES / "typescript"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
