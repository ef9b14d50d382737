"""Conditions on values, as generated code spells them out, as metadata for pydantic."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import Field, StringConstraints

from capnweb_runtime.aio.scalars import SCALARS

__all__ = ["metadata"]

_OF_TEXT: Final = frozenset({"ascii_only", "strip_whitespace", "to_lower", "to_upper"})

_BOUNDS: Final = frozenset({"ge", "gt", "le", "lt", "multiple_of"})


def metadata(conditions: Mapping[str, Any], kind: type | None) -> tuple[object, ...]:
    """What `Annotated` needs behind a type for these conditions.

    Args:
        conditions: by the names that pydantic has for them.
        kind: the class whose values are bounded, if it is a scalar's; it says how to read bounds.
    """
    of_text = {name: value for name, value in conditions.items() if name in _OF_TEXT}
    others = {
        name: _bound(value, kind) if name in _BOUNDS else value
        for name, value in conditions.items()
        if name not in _OF_TEXT
    }
    made: list[object] = [StringConstraints(**of_text)] if of_text else []
    return (*made, Field(**others)) if others else tuple(made)


def _bound(value: Any, kind: type | None) -> Any:
    """A bound, which was written in the form in which such values travel."""
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind in SCALARS and (isinstance(value, str) or kind is timedelta):
        return SCALARS[kind](value)
    return value  # a Decimal may be compared with an int as well
