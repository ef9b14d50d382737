"""The command line: a module for each verb."""

import capnweb_gen.cli.breaking
import capnweb_gen.cli.describe
import capnweb_gen.cli.explain
import capnweb_gen.cli.generate  # noqa: F401 (each adds its verb)
from capnweb_gen.cli.app import main

__all__ = ["main"]
