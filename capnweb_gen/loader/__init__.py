"""From a Python file to a contract.

The module is imported for meaning (which name is what, which fields a model has) and its syntax
tree is walked for places (every diagnostic points at the very annotation). Neither alone would do:
a syntax tree does not know what a metaclass or an alias generator makes of a class, and run-time
hints fail as a whole when one name in them is missing.
"""

from capnweb_gen.loader.load import load

__all__ = ["load"]
