"""Python's records and enumerations as the plain values that they are on the wire.

pydantic models and dataclasses are objects, under their serialization aliases; a NamedTuple is an
array, as a tuple is; an enum member is its value; dates, decimals and the like are the text or
number that `scalars` says. A NumPy array is a view of its elements.
"""

import dataclasses
from collections.abc import AsyncIterable, Callable
from enum import Enum
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic.dataclasses import is_pydantic_dataclass

from capnweb_runtime.aio.scalars import written
from capnweb_runtime.wire.typed_arrays import numpy_view

__all__ = ["by_value", "plain"]


def plain(value: object) -> object:
    """`value` one step nearer to the wire; `value` itself if it is none of the kinds above.

    Subclasses of the builtin containers and scalars become the builtin itself, so that what they
    add is not sent.
    """
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    if isinstance(value, Enum):
        return cast("object", value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if is_pydantic_dataclass(type(value)):  # which may have aliases, as models do
            serializer: Any = getattr(type(value), "__pydantic_serializer__")  # noqa: B009
            return cast("object", serializer.to_python(value, by_alias=True))
        return {
            field.name: cast("object", getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    for builtin, convert in _BUILTINS:
        if isinstance(value, builtin) and type(value) is not builtin:
            return convert(value)
    view = numpy_view(value)
    return written(value) if view is None else view


def by_value(value: object) -> object:
    """As `plain`, but what goes by reference is left as it is, and so cannot be sent.

    For the properties of an error that ends a call or session: it carries no capabilities.
    """
    if hasattr(type(value), "__rpc_reference__") or isinstance(value, AsyncIterable):
        return value
    return plain(value)


_BUILTINS: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (dict, dict),
    (list, list),
    (tuple, tuple),
    (str, str.__str__),
    (bytes, bytes),
    (int, int),
    (float, float),
)
