"""Node processes that run compiled TypeScript."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["call", "served"]


@contextmanager
def served(folder: Path, module: str) -> Iterator[str]:
    """The URL of the class Main of a module, while the context lasts."""
    with subprocess.Popen(
        ["node", "serve.mjs", module],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        port = process.stdout.readline().strip()
        if not port:
            raise AssertionError(process.stderr.read())
        try:
            yield f"ws://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            process.wait()


async def call(folder: Path, module: str, url: str) -> Any:
    """What the function main of a module returns, called with a URL."""
    process = await asyncio.create_subprocess_exec(
        *("node", "call.mjs", module, url),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return json.loads(output)
