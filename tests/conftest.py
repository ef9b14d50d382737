"""What all tests share."""

import os
import tomllib
from importlib.machinery import ExtensionFileLoader
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from capnweb_runtime.transports import socket_library

# Hypothesis loads a profile of its own when CI is set, which repeats the same examples for ever.
# Here each run tries others, and prints how to repeat the one that failed.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--socket-library",
        choices=["auto", "websockets", "picows"],
        default="auto",
        help="what reads the frames of WebSockets where a test does not say so",
    )
    parser.addoption(
        "--compiled",
        action="store_true",
        help="refuse to run unless what runtime/pyproject.toml says is compiled, and no more",
    )


def pytest_configure(config: pytest.Config) -> None:
    socket_library.PREFERRED = config.getoption("--socket-library")
    if config.getoption("--compiled") and (wrong := wrongly_compiled()):
        raise pytest.UsageError(f"compiled, or not, against what was meant: {', '.join(wrong)}")


def wrongly_compiled() -> list[str]:
    """The modules that are compiled and should not be, or the other way round."""
    project = Path(__file__).parents[1] / "runtime"
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    hook = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    wrong: list[str] = []
    for package in hook["packages"]:
        for path in (project / package).glob("*.py"):
            source = path.relative_to(project)
            name = ".".join(source.with_suffix("").parts).removesuffix(".__init__")
            spec = find_spec(name)
            is_compiled = spec is not None and isinstance(spec.loader, ExtensionFileLoader)
            if is_compiled == (source.as_posix() in hook["interpreted"]):
                wrong.append(name)
    return wrong
