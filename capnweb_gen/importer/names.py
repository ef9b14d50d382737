"""What things of a TypeScript module are called in Python."""

import builtins
import keyword
import re
from collections.abc import Collection
from typing import Final

__all__ = ["free", "pascal_case", "snake_case", "variable"]

#: What the module imports by name, or takes from Python: types of the user's get another name.
_TAKEN: Final = frozenset(
    {
        *("Annotated", "Any", "AsyncIterator", "Awaitable", "Callable", "Enum", "Field", "Generic"),
        *("Literal", "NewType", "NotRequired", "Number", "Protocol", "Self", "TypeAlias"),
        *("TypeAliasType", "TypeVar", "TypedDict", "builtins", "dataclass", "datetime"),
        *("deprecated", "rpc", "overload", "runtime_checkable"),
    }
)


def snake_case(name: str) -> str:
    """`getURLs` as Python spells it: `get_urls`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return variable(words.lower())


def variable(name: str) -> str:
    """A name that a member or parameter can have."""
    made = re.sub(r"\W", "_", name) or "_"
    if made[0].isdigit():
        made = f"n{made}"
    return f"{made}_" if keyword.iskeyword(made) else made


def pascal_case(name: str) -> str:
    """A part of the name of a class."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"\W|_", name))


def free(name: str, taken: Collection[str]) -> str:
    """A name for a type, which nothing else has."""
    made = re.sub(r"\W", "_", name)
    while made in taken or made in _TAKEN or hasattr(builtins, made) or keyword.iskeyword(made):
        made += "_"
    return made
