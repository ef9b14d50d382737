"""Property paths through plain values (protocol: propertyPath).

Deny by default: an object has its members, an array its elements, nothing else has anything. No
attribute of a Python object is ever looked up here.
"""

from capnweb_runtime.core.hook import Path, Reference
from capnweb_runtime.errors import CallError
from capnweb_runtime.wire.expressions import RESERVED_KEYS, UNDEFINED_EXPRESSION, Expression

__all__ = ["follow", "is_undefined", "path_text"]


def follow(tree: Expression, path: Path) -> tuple[Expression, Path]:
    """What lies at `path` in an expression; with a rest of the path if a `Reference` is in the way.

    A missing member is undefined, as is any member of a value that has none; a member of undefined
    is an error (the reference's rules).

    Raises:
        CallError: for a member of undefined.
    """
    for position, key in enumerate(path):
        if isinstance(tree, Reference):
            return tree, path[position:]
        if is_undefined(tree):
            raise CallError(f"Cannot read properties of undefined (reading '{key}')")
        tree = _member(tree, key)
    return tree, ()


def is_undefined(tree: Expression) -> bool:
    """Whether an expression stands for undefined."""
    return isinstance(tree, list) and len(tree) == 1 and tree[0] == "undefined"


def path_text(path: Path) -> str:
    """A path as the reference names it in messages: ``users.0.name``."""
    return ".".join(map(str, path))


def _member(tree: Expression, key: str | int) -> Expression:
    if type(tree) is dict:
        return (
            tree.get(str(key), UNDEFINED_EXPRESSION)
            if key not in RESERVED_KEYS
            else UNDEFINED_EXPRESSION
        )
    if type(tree) is list and len(tree) == 1 and type(tree[0]) is list:
        items = tree[0]
        index = _index(key)
        return items[index] if index is not None and index < len(items) else UNDEFINED_EXPRESSION
    return UNDEFINED_EXPRESSION


def _index(key: str | int) -> int | None:
    # The JavaScript client writes stub[1] as ["1"], since its proxies see names only. The
    # reference's server makes that undefined; here it is the index that was meant.
    if type(key) is int:
        return key if key >= 0 else None
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10:
        return int(key) if key == "0" or key[0] != "0" else None
    return None
