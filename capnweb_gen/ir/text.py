"""Types as people write them."""

from typing import assert_never

from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
)

__all__ = ["shown"]

_SCALARS = {"any": "Any", "none": "None", "blob": "Blob", "bigint": "BigInt", "fardate": "FarDate"}


def shown(t: Type) -> str:
    """A type as it would be written in Python, without modules."""
    match t:
        case Scalar(name=name):
            return _SCALARS.get(name, name)
        case Var(name=name):
            return name
        case Literal(values=values):
            return f"Literal[{', '.join(map(_value, values))}]"
        case Constrained(item=item, constraints=constraints):
            conditions = ", ".join(f"{each.name}={each.value!r}" for each in constraints)
            return f"Annotated[{shown(item)}, {conditions}]"
        case List(item=item):
            return f"list[{shown(item)}]"
        case Dict(value=value):
            return f"dict[str, {shown(value)}]"
        case Tuple(items=items, endless=endless):
            return (
                f"tuple[{', '.join([*map(shown, items), *(['...'] if endless else [])]) or '()'}]"
            )
        case Optional(item=item):
            return f"{shown(item)} | None"
        case Union(arms=arms):
            return " | ".join(map(shown, arms))
        case Named(ref=ref, args=args) | Cap(ref=ref, args=args):
            filled = f"[{', '.join(map(shown, args))}]" if args else ""
            return f"{ref.qualname}{filled}"
        case Func(params=params, returns=returns):
            return f"Callable[[{', '.join(map(shown, params))}], Awaitable[{shown(returns)}]]"
        case Stream(item=item):
            return f"AsyncIterator[{shown(item)}]"
        case _:
            assert_never(t)


def _value(value: LiteralValue) -> str:
    return repr(value.json) if value.enum is None else f"{value.enum.qualname}.{value.repr}"
