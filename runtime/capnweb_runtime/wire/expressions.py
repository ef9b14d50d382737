"""The types of expressions: JSON in which an array is an array in an array, or `["tag", ...]`.

Between values and messages an expression may hold what only a session can write. *Leaves* stand
for capabilities; they are opaque here, and `core` derives the one that is used. A `SentError`
stands for an exception, which a session may replace by another one.

Bytes are raw in `["bytes", ...]`, and what JSON has not is a `Scalar`: how they travel depends on
what the transport carries (`structured`), and whatever that is, they have come in this form.
"""

from typing import Final, Protocol, TypeAlias

from typing_extensions import override

from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.errors import ProtocolError, excerpt

__all__ = [
    "RESERVED_KEYS",
    "UNDEFINED",
    "UNDEFINED_EXPRESSION",
    "Adapter",
    "Expression",
    "Leaf",
    "Scalar",
    "SentError",
    "Undefined",
    "malformed",
]


@mypyc_attr(allow_interpreted_subclasses=True)
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
    "bool | int | float | str | bytes | list[Expression] | dict[str, Expression]"
    " | Leaf | SentError | None"
)


@mypyc_attr(native_class=False)
class Scalar(list[Expression]):
    """The expression of a single value that JSON has not: undefined, a date, a bigint, an infinity.

    In text a list like any other; a transport of structured values may carry the value itself. It
    is never changed, so it may be shared.
    """

    __slots__ = ()


def malformed(expression: Expression) -> ProtocolError:
    """The error for an expression that is none."""
    return ProtocolError(f"not an expression: {excerpt(expression)}")


class Undefined:
    """The type of `UNDEFINED`."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "UNDEFINED"

    @override
    def __reduce__(self) -> str:
        return "UNDEFINED"  # what is pickled arrives as the one that there is

    def __bool__(self) -> bool:
        return False


#: JavaScript's `undefined`. It is received as None everywhere but as an argument of its own, where
#: it means "not given"; and it is sent for the result of a method that has none.
UNDEFINED: Final = Undefined()

#: What it is sent as (protocol: undefined).
UNDEFINED_EXPRESSION: Final = Scalar(["undefined"])

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
