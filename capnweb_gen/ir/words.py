"""Types as parts of names."""

import re
import unicodedata
from typing import assert_never

from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    Literal,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
)

__all__ = ["snake_case", "words_of"]

_LONGEST_NAME = 60


def words_of(t: Type) -> str:
    """A type in words that can be part of a name; two types may have the same."""
    return _as_identifier(_words(t)).strip("_")[:_LONGEST_NAME].strip("_")


def _as_identifier(text: str) -> str:
    """What of a text may follow in an identifier, in the form in which Python compares those."""
    words = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text))
    return "".join(c if f"a{c}".isidentifier() else "_" for c in words)  # not so ², which is a \w


def snake_case(words: str) -> str:
    """`authed_api` for AuthedApi."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", words).lower()


def _words(t: Type) -> str:
    """A type as part of a name."""
    match t:
        case Scalar(name=name):
            return name
        case Literal():
            return "literal_" + "_".join(str(value.json) for value in t.values)
        case Constrained():
            said = (f"{each.name}_{each.value}" for each in t.constraints if each.is_spelled)
            return "_".join([_words(t.item), *said])
        case List():
            return f"list_{_words(t.item)}"
        case Stream():
            return f"stream_{_words(t.item)}"
        case Dict():
            return f"dict_{_words(t.value)}"
        case Tuple():
            return "tuple_" + "_".join([*map(_words, t.items), *(["all"] if t.endless else [])])
        case Optional():
            return f"{_words(t.item)}_or_none"
        case Union():
            return "_or_".join(map(_words, t.arms))
        case Named() | Cap():
            return "_".join([t.ref.stem, *map(_words, t.args)])
        case Func():
            return "_".join(["callback", *map(_words, t.params), "to", _words(t.returns)])
        case Var():
            return t.name
        case _:
            assert_never(t)
