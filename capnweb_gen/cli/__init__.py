"""The command line: a module for each verb."""

from capnweb_gen.cli.app import main

__all__ = ["main"]
