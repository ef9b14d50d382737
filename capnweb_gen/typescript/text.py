"""Text of declarations that must never become anything else than what it was meant to be."""

import inspect
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from capnweb_gen.ir import LiteralValue

__all__ = [
    "INDENT",
    "WIDTH",
    "exploded",
    "jsdoc",
    "key",
    "literal",
    "literals",
    "parameter",
    "type_name",
]

INDENT: Final = "  "

#: Where lines are broken, if they can be.
WIDTH: Final = 100

#: The largest integer that is a number in JavaScript; what is beyond travels as a bigint.
_MAX_SAFE: Final = 2**53 - 1

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)

#: What no variable may be called, in code that is a module.
_RESERVED: Final = frozenset(
    {
        *("arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger"),
        *(
            "default",
            "delete",
            "do",
            "else",
            "enum",
            "eval",
            "export",
            "extends",
            "false",
            "finally",
        ),
        *("for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let"),
        *("new", "null", "package", "private", "protected", "public", "return", "static", "super"),
        *("switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with"),
        "yield",
    }
)

#: What no type may be called besides.
_TYPES: Final = frozenset(
    {
        *("any", "bigint", "boolean", "never", "number", "object", "string", "symbol", "type"),
        *("undefined", "unknown"),
    }
)


def literal(value: str | float | bool | None) -> str:
    """The type of one value; a number that has no literal is any number."""
    match value:
        case None:
            return "null"
        case bool():
            return json.dumps(value)
        case str():
            return _quoted(value)
        case int():
            return str(value) if abs(value) <= _MAX_SAFE else f"{value}n"
        case _:
            return repr(value) if abs(value) < float("inf") else "number"


def literals(values: Iterable[LiteralValue]) -> list[str]:
    """The types of the values of a Literal."""
    return list(dict.fromkeys(literal(value.json) for value in values))


def key(name: str) -> str:
    """A member's name. `new` in an interface would be a constructor."""
    return name if _IDENTIFIER.fullmatch(name) and name != "new" else _quoted(name)


def _quoted(text: str) -> str:
    """A string literal, with escapes for what cannot be seen."""
    shown = json.dumps(text, ensure_ascii=False)
    return shown if shown.isprintable() else json.dumps(text)


def parameter(name: str, taken: Iterable[str] = ()) -> str:
    """A parameter's name, which nobody calls it by."""
    return _free(name, _RESERVED, taken)


def type_name(name: str, taken: Iterable[str] = ()) -> str:
    """A type's name."""
    return _free(name, _RESERVED | _TYPES, taken)


def _free(name: str, reserved: frozenset[str], taken: Iterable[str]) -> str:
    used = set(taken)
    while name in reserved or name in used:
        name += "_"
    return name


def jsdoc(text: str | None, deprecated: str | None, depth: int) -> list[str]:
    """The lines of a documentation comment; none if there is nothing to say.

    Whatever the text, it stays inside the comment and has no tags of its own: `*/` and an `@` that
    begins a line are escaped, and so is what cannot be seen.
    """
    said = inspect.cleandoc(text).strip() if text else ""
    lines = [_visible(line).rstrip() for line in said.split("\n")] if said else []
    if deprecated is not None:
        first, *more = (_visible(line).rstrip() for line in deprecated.strip().split("\n"))
        lines += [*([""] if lines else []), f"@deprecated {first}".rstrip(), *more]
    indent = INDENT * depth
    match lines:
        case []:
            return []
        case [line] if len(line) + len(indent) + 7 <= WIDTH:
            return [f"{indent}/** {line} */"]
        case _:
            body = [f"{indent} * {line}".rstrip() for line in lines]
            return [f"{indent}/**", *body, f"{indent} */"]


def _visible(line: str) -> str:
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in line.expandtabs(4)
    )
    return re.sub(r"^(\s*)@", r"\1\\@", shown.replace("*/", r"*\/"))


def exploded(head: str, items: Sequence[str], tail: str, depth: int) -> list[str]:
    """`head` + items + `tail` on one line if it fits, else with a line for each item."""
    indent = INDENT * depth
    line = f"{indent}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH or not items:
        return [line]
    return [f"{indent}{head}", *(f"{indent}{INDENT}{item}," for item in items), f"{indent}{tail}"]
