"""The command line: a module for each verb."""

import capnweb_gen.cli.breaking
import capnweb_gen.cli.check
import capnweb_gen.cli.describe
import capnweb_gen.cli.explain
import capnweb_gen.cli.generate
import capnweb_gen.cli.import_
import capnweb_gen.cli.init
import capnweb_gen.cli.scaffold  # noqa: F401 (each adds its verb)
from capnweb_gen.cli.app import main

__all__ = ["main"]
