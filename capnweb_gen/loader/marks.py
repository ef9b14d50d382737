"""What decorators of the runtime left on the functions of an interface."""

from typing import Final

__all__ = ["is_marked_idempotent", "marked_name"]

#: The attributes that `capnweb_runtime.idempotent` and `wire_name` set.
_IDEMPOTENT: Final = "__capnweb_idempotent__"
_NAME: Final = "__capnweb_wire_name__"


def is_marked_idempotent(function: object) -> bool:
    """Whether a function is marked, or one that it wraps."""
    return _mark(function, _IDEMPOTENT) is True


def marked_name(function: object) -> str | None:
    """What a function is called on the wire, or that of a property; None if it is not said."""
    name = _mark(function.fget if isinstance(function, property) else function, _NAME)
    return name if isinstance(name, str) else None


def _mark(function: object, attribute: str) -> object:
    while function is not None:
        found: object = getattr(function, attribute, None)
        if found is not None:
            return found
        function = getattr(function, "__wrapped__", None)
    return None
