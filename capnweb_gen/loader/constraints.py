"""What stands in `Annotated` behind the type: conditions on values, as pydantic understands them.

What pydantic takes no notice of (a text, a `Doc`) is none.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import annotated_types
from pydantic import (
    AfterValidator,
    AllowInfNan,
    AwareDatetime,
    BeforeValidator,
    EmailStr,
    FutureDate,
    FutureDatetime,
    PastDate,
    PastDatetime,
    PlainValidator,
    Strict,
    WrapValidator,
)
from pydantic.fields import FieldInfo

from capnweb_gen.ir import Constraint

__all__ = ["CONDITIONAL", "constraints_of", "discriminator_of"]


def constraints_of(metadata: Iterable[object]) -> tuple[Constraint, ...]:
    """The conditions that metadata of `Annotated` adds up to, in the order of their names."""
    found = dict.fromkeys(each for part in metadata for each in _conditions(part))
    return tuple(sorted(found, key=lambda each: (each.name, str(each.value))))


def discriminator_of(metadata: Iterable[object]) -> str | None:
    """The field that tells the arms of a union apart; None if it is not said."""
    for part in metadata:
        found = getattr(part, "discriminator", None)
        if isinstance(found, str):
            return found
    return None


def _conditions(part: object) -> Iterator[Constraint]:
    match part:
        case FieldInfo():
            for inner in part.metadata:
                yield from _conditions(inner)
        case annotated_types.GroupedMetadata():
            for inner in part:
                yield from _conditions(inner)
        case Strict():  # outside of models everything is
            pass
        case AfterValidator() | BeforeValidator() | PlainValidator() | WrapValidator():
            yield _validator(part.func)
        case annotated_types.Predicate():
            yield _validator(part.func)
        case annotated_types.BaseMetadata() | AllowInfNan():
            for name, value in _attributes(part).items():
                if value is not None:
                    yield Constraint(name, _bound(value))
        case _:
            if hasattr(part, "__get_pydantic_core_schema__"):
                yield _validator(part if isinstance(part, type) else type(part))


def _attributes(part: Any) -> dict[str, Any]:
    """Pydantic's own kind has no fixed set of them, those of `annotated_types` are dataclasses."""
    names = getattr(part, "__dataclass_fields__", None) or vars(part)
    return {name: getattr(part, name) for name in names}


def _validator(function: Any) -> Constraint:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return Constraint("validator", f"{getattr(function, '__module__', '')}:{name}")


def _bound(value: object) -> str | int | float | bool:
    if isinstance(value, bool | int | str):
        return value
    # Only for what is there: a module that needs nothing of the runtime is read without it.
    from capnweb_runtime.aio.scalars import written  # noqa: PLC0415

    value = written(value)
    if isinstance(value, str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


#: Classes of pydantic's that stand for a scalar with a condition: which scalar, and the condition.
CONDITIONAL: Final[dict[object, tuple[str, tuple[Constraint, ...]]]] = {
    AwareDatetime: ("datetime", ()),  # what every one that arrives is
    PastDatetime: ("datetime", (_validator(PastDatetime),)),
    FutureDatetime: ("datetime", (_validator(FutureDatetime),)),
    PastDate: ("date", (_validator(PastDate),)),
    FutureDate: ("date", (_validator(FutureDate),)),
    EmailStr: ("str", (_validator(EmailStr),)),
}
