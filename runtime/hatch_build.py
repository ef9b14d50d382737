"""Compiles `wire` and `core` by mypyc, where a build asks for it (docs/performance.md).

    HATCH_BUILD_HOOKS_ENABLE=true python -m build --wheel runtime

Which modules stay as they are, and why, stands in pyproject.toml. Nothing is written into the
source tree: a compiled module beside its source would be imported in its place from then on.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from typing_extensions import override


class MypycHook(BuildHookInterface[BuilderConfig]):
    """The build hook of hatchling. It is off unless the environment turns it on."""

    PLUGIN_NAME = "custom"

    @override
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            raise ValueError("an editable install runs the sources, which cannot be compiled")
        self._made = Path(tempfile.mkdtemp())
        built = self._made / "built"
        _compile(self._sources(), Path(self.root), self._made, built)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in built.rglob("*"):
            if path.is_file():
                build_data["force_include"][str(path)] = path.relative_to(built).as_posix()

    @override
    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self._made)

    def _sources(self) -> list[str]:
        """What is compiled, by its path in the project."""
        root = Path(self.root)
        found = [
            path.relative_to(root).as_posix()
            for package in self.config["packages"]
            for path in sorted((root / package).glob("*.py"))
        ]
        interpreted = set(self.config["interpreted"])
        if missing := interpreted - set(found):
            raise ValueError(f"not there to be left out: {', '.join(sorted(missing))}")
        return [path for path in found if path not in interpreted]


def _compile(sources: list[str], root: Path, scratch: Path, built: Path) -> None:
    """Compile sources, whose paths are below `root`, into extension modules below `built`."""
    # Here, since a build without this hook has neither installed.
    from mypyc.build import mypycify  # noqa: PLC0415
    from setuptools import Distribution  # noqa: PLC0415

    before = Path.cwd()
    os.chdir(root)  # mypy names a module by its path from here
    try:
        extensions = mypycify(
            [
                "--strict",
                f"--cache-dir={scratch}",
                f"--python-executable={sys.executable}",
                *sources,
            ],
            target_dir=str(scratch),
            group_name="capnweb_runtime",
            debug_level="0",
        )
        command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(built), str(scratch)
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
