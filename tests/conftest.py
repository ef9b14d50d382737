"""What all tests share."""

import os

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


def pytest_configure(config: pytest.Config) -> None:
    socket_library.PREFERRED = config.getoption("--socket-library")
