"""The types of expressions: JSON in which an array is an array in an array, or `["tag", ...]`.

Between values and text an expression may hold *leaves*: places that only a session can fill, since
they stand for capabilities. A leaf is opaque here; `core` derives the one that is used.
"""

from typing import Final, Protocol, TypeAlias

from typing_extensions import override

__all__ = ["RESERVED_KEYS", "UNDEFINED", "Adapter", "Expression", "Leaf", "Undefined"]


class Leaf:
    """A place in a value or expression that stands for a capability or a promise."""

    __slots__ = ()


Expression: TypeAlias = (
    "bool | int | float | str | list[Expression] | dict[str, Expression] | Leaf | None"
)


class Undefined:
    """The type of `UNDEFINED`."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


#: JavaScript's `undefined`. It is received as None everywhere but as an argument of its own, where
#: it means "not given"; and it is sent for the result of a method that has none.
UNDEFINED: Final = Undefined()

#: Names that every JavaScript object has. A JavaScript peer drops members called so on receipt and
#: never reads them, so that data cannot pass for behaviour; the same is done here.
RESERVED_KEYS: Final = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toJSON",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)


class Adapter(Protocol):
    """Makes a value that `encode` does not know into one that it does."""

    def __call__(self, value: object, /) -> object:
        """The same value in terms that `encode` knows, or the value itself if there is none."""
