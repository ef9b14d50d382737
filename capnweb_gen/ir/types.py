"""Types, as a closed union of small frozen values that can be compared and used as keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, TypeAlias, assert_never

from typing_extensions import override

from capnweb_gen.diagnostics import Span

__all__ = [
    "Cap",
    "Constrained",
    "Constraint",
    "Dict",
    "Func",
    "List",
    "Literal",
    "LiteralValue",
    "Named",
    "Optional",
    "Ref",
    "Scalar",
    "Stream",
    "Tuple",
    "Type",
    "Union",
    "Var",
    "Variance",
    "bare",
    "children",
    "nothing",
    "substitute",
    "variables",
    "walk",
]


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """How something is imported: the module, and the path inside it (`Outer.Inner`)."""

    module: str
    qualname: str

    @property
    def stem(self) -> str:
        """What names of generated classes begin with."""
        return self.qualname.replace(".", "")

    @property
    def is_private(self) -> bool:
        """Whether it is nobody's but its module's."""
        return any(part.startswith("_") for part in self.qualname.split("."))

    @override
    def __str__(self) -> str:
        return f"{self.module}:{self.qualname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """What all types have: the place of their annotation."""

    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scalar(_Type):
    """A type that needs no definition, by a name that says what it is on the wire.

    Values of Cap'n Web: any, none, bool, int, float, str, bytes, datetime, and the classes of the
    runtime blob, bigint, fardate. Text in one form each: decimal, uuid, date, time, path, purepath,
    pureposixpath. A number of seconds: timedelta.
    """

    name: str


@dataclass(frozen=True, slots=True)
class LiteralValue:
    """One value of a Literal. `repr` keeps `1` and `True` apart, which are equal."""

    json: str | int | float | bool | None
    repr: str
    enum: Ref | None = None


@dataclass(frozen=True, slots=True)
class Literal(_Type):
    """`Literal[...]`."""

    values: tuple[LiteralValue, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """One condition on values, under the name that pydantic has for it: gt, max_length, pattern...

    `value` is the bound as it would travel. A function of the user's that checks values, of which
    only the name can be told, is called `validator`.
    """

    name: str
    value: str | int | float | bool

    @property
    def is_spelled(self) -> bool:
        """Whether generated code can spell it out; any other takes the user's own object."""
        return self.name in _SPELLED


_SPELLED: Final = frozenset(
    {
        "allow_inf_nan",
        "ascii_only",
        "decimal_places",
        "ge",
        "gt",
        "le",
        "lt",
        "max_digits",
        "max_length",
        "min_length",
        "multiple_of",
        "pattern",
        "strip_whitespace",
        "to_lower",
        "to_upper",
    }
)


@dataclass(frozen=True, slots=True)
class Constrained(_Type):
    """`Annotated[item, ...]`: of its values, those that meet all conditions."""

    item: "Type"
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class List(_Type):
    """`list` or `Sequence`: received as a list."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class Dict(_Type):
    """`dict[str, ...]` or `Mapping`: received as a dict."""

    value: "Type"


@dataclass(frozen=True, slots=True)
class Tuple(_Type):
    """`tuple`; with `endless`, `tuple[item, ...]`."""

    items: "tuple[Type, ...]"
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Optional(_Type):
    """`T | None` of one other type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class Union(_Type):
    """Any other union; None may be among its arms.

    `discriminator` is the field that tells them apart, where that is said.
    """

    arms: "tuple[Type, ...]"
    discriminator: str | None = None


@dataclass(frozen=True, slots=True)
class Named(_Type):
    """A type with a definition of its own: model, enum, NewType, alias."""

    ref: Ref
    args: "tuple[Type, ...]" = ()


@dataclass(frozen=True, slots=True)
class Cap(_Type):
    """An interface: its objects travel by reference."""

    ref: Ref
    args: "tuple[Type, ...]" = ()


@dataclass(frozen=True, slots=True)
class Func(_Type):
    """A function, which travels by reference."""

    params: "tuple[Type, ...]"
    returns: "Type"


@dataclass(frozen=True, slots=True)
class Stream(_Type):
    """`AsyncIterator` and its like: chunks that are sent one after the other."""

    item: "Type"


class Variance(Enum):
    """How a generic type follows its type argument."""

    INVARIANT = "invariant"
    COVARIANT = "covariant"
    CONTRAVARIANT = "contravariant"


@dataclass(frozen=True, slots=True)
class Var(_Type):
    """A type parameter of the interface, model or method that it stands in.

    Attributes:
        ref: the type variable of the user's; of one in brackets (`class Repo[T]`), which has no
            name outside of them, where it stands: `Repo.T`.
        variance: as it was declared.
        in_brackets: whether it has no name of its own.
        of_method: whether it is that of a method, and so found out anew by each call.
    """

    ref: Ref
    variance: Variance = Variance.INVARIANT
    in_brackets: bool = False
    of_method: bool = False

    @property
    def name(self) -> str:
        """As written."""
        return self.ref.qualname.rpartition(".")[2]


Type: TypeAlias = (
    Scalar
    | Literal
    | Constrained
    | List
    | Dict
    | Tuple
    | Optional
    | Union
    | Named
    | Cap
    | Func
    | Stream
    | Var
)


def nothing(span: Span | None = None) -> Scalar:
    """The type None."""
    return Scalar("none", span=span)


def bare(t: Type) -> Type:
    """A type without the conditions on its values."""
    return t.item if isinstance(t, Constrained) else t


def children(t: Type) -> tuple[Type, ...]:
    """What a type is made of."""
    match t:
        case Scalar() | Literal() | Var():
            return ()
        case List(item=item) | Optional(item=item) | Stream(item=item) | Constrained(item=item):
            return (item,)
        case Dict(value=value):
            return (value,)
        case Tuple(items=items):
            return items
        case Union(arms=arms):
            return arms
        case Named(args=args) | Cap(args=args):
            return args
        case Func(params=params, returns=returns):
            return (*params, returns)
        case _:
            assert_never(t)


def walk(t: Type) -> Iterator[Type]:
    """A type and everything inside it, from the outside in."""
    yield t
    if not isinstance(t, Scalar):  # as most types are
        for child in children(t):
            yield from walk(child)


def variables(t: Type) -> tuple[Var, ...]:
    """The type parameters in it, each once, in order."""
    if isinstance(t, Scalar):  # as most types are
        return ()
    return tuple(dict.fromkeys(part for part in walk(t) if isinstance(part, Var)))


def substitute(t: Type, known: Mapping[Ref, Type]) -> Type:
    """The type with the type parameters in `known` filled in."""
    if not known:
        return t
    match t:
        case Var(ref=ref):
            return known.get(ref, t)
        case Scalar() | Literal():
            return t
        case List() | Optional() | Stream() | Constrained():
            return replace(t, item=substitute(t.item, known))
        case Dict():
            return replace(t, value=substitute(t.value, known))
        case Tuple():
            return replace(t, items=_each(t.items, known))
        case Union():
            return replace(t, arms=_each(t.arms, known))
        case Named() | Cap():
            return replace(t, args=_each(t.args, known))
        case Func():
            returns = substitute(t.returns, known)
            return replace(t, params=_each(t.params, known), returns=returns)
        case _:
            assert_never(t)


def _each(types: tuple[Type, ...], known: Mapping[Ref, Type]) -> tuple[Type, ...]:
    return tuple(substitute(t, known) for t in types)
