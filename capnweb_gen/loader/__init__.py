"""From Python files to contracts.

A module is imported for meaning (which name is what, which fields a model has) and its syntax
tree is walked for places (every diagnostic points at the very annotation). Neither alone would do:
a syntax tree does not know what a metaclass or an alias generator makes of a class, and run-time
hints fail as a whole when one name in them is missing.

It is imported in a child process. On this side of it are `reading`, `source` and `failures`, on the
other `child` and all the rest.
"""

from capnweb_gen.loader.reading import read
from capnweb_gen.loader.source import Source, find_source, import_name

__all__ = ["Source", "find_source", "import_name", "read"]
