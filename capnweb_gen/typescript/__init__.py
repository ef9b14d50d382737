"""From a contract to TypeScript declarations for the npm package `capnweb`.

Declarations have no code: a client that is written against them is the package's own, and only its
types come from here. docs/typescript.md says what each type becomes, and why.
"""

from capnweb_gen.typescript.declarations import declarations

__all__ = ["declarations"]
