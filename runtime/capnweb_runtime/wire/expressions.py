"""The types of expressions: JSON in which an array is an array in an array, or `["tag", ...]`.

Between values and text an expression may hold what only a session can write. *Leaves* stand for
capabilities; they are opaque here, and `core` derives the one that is used. A `SentError` stands
for an exception, which a session may replace by another one.
"""

from typing import Final, Protocol, TypeAlias

from typing_extensions import override

from capnweb_runtime.errors import ProtocolError, excerpt

__all__ = [
    "RESERVED_KEYS",
    "UNDEFINED",
    "Adapter",
    "Expression",
    "Leaf",
    "SentError",
    "Undefined",
    "malformed",
]


class Leaf:
    """A place in a value or expression that stands for a capability or a promise."""

    __slots__ = ()


class SentError:
    """An exception in an expression.

    Attributes:
        error: the exception.
        expression: its expression, if the session does not replace it (protocol: error).
        has_leaves: whether there are leaves in that.
        adapt: how another one in its place would be encoded...
        depth: ...and how deep in its message.
    """

    __slots__ = ("adapt", "depth", "error", "expression", "has_leaves")

    def __init__(
        self,
        error: BaseException,
        expression: "list[Expression]",
        adapt: "Adapter",
        depth: int,
        *,
        has_leaves: bool,
    ) -> None:
        self.error = error
        self.expression = expression
        self.adapt = adapt
        self.depth = depth
        self.has_leaves = has_leaves


Expression: TypeAlias = (
    "bool | int | float | str | list[Expression] | dict[str, Expression] | Leaf | SentError | None"
)


def malformed(expression: Expression) -> ProtocolError:
    """The error for an expression that is none."""
    return ProtocolError(f"not an expression: {excerpt(expression)}")


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
