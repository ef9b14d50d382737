"""What decorators of the runtime left on the functions of an interface."""

from typing import Final

__all__ = ["IDEMPOTENT", "is_marked_idempotent"]

#: The attribute that `capnweb_runtime.idempotent` sets.
IDEMPOTENT: Final = "__capnweb_idempotent__"


def is_marked_idempotent(function: object) -> bool:
    """Whether a function is marked, or one that it wraps."""
    while function is not None:
        if getattr(function, IDEMPOTENT, False):
            return True
        function = getattr(function, "__wrapped__", None)
    return False
