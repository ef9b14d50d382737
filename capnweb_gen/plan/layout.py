"""Text of generated code that must never become anything else than what it was meant to be."""

import re
from collections.abc import Sequence

__all__ = ["constant", "docstring", "exploded", "literal", "tupled"]

#: Where lines are broken, if they can be.
_WIDTH = 100

_INDENT = "    "


def literal(text: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown else shown


def docstring(text: str | None, depth: int) -> str:
    """The lines of a docstring; empty if there is none.

    The text is one whose indentation was taken away, as `inspect.cleandoc` does: doing that twice
    takes away more. Whatever it is, the result is one literal that reads as the text does: quotes
    that would end it are escaped, and so is what cannot be seen.
    """
    if not text or not text.strip():
        return ""
    cleaned = text.strip()
    escaped = cleaned.replace("\\", "\\\\")
    escaped = re.sub(r'"{3,}|"+$', lambda quotes: '\\"' * len(quotes[0]), escaped)
    visible = "".join(
        c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in escaped
    )
    indent = _INDENT * depth
    lines = [f"{indent}{line}" if line else "" for line in visible.split("\n")]
    opening = f"\n{indent}" if _begins_outermost(cleaned) else ""
    closing = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""{opening}' + "\n".join(lines).lstrip() + f'{closing}"""\n'


def _begins_outermost(cleaned: str) -> bool:
    """Whether all lines but the first are indented, which is lost if that follows the quotes."""
    rest = [line for line in cleaned.split("\n")[1:] if line.strip()]
    return bool(rest) and all(line[0].isspace() for line in rest)


def tupled(items: Sequence[str]) -> str:
    """A tuple of expressions."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def exploded(head: str, items: Sequence[str], tail: str, depth: int = 0) -> str:
    """`head` + items + `tail` on one line if it fits, else with a line for each item."""
    indent = _INDENT * depth
    line = f"{indent}{head}{', '.join(items)}{tail}"
    if len(line) <= _WIDTH or not items:
        return line
    inner = "".join(f"{indent}{_INDENT}{item},\n" for item in items)
    return f"{indent}{head}\n{inner}{indent}{tail}"


def constant(name: str, generic: str, types: Sequence[str], maker: str, args: Sequence[str]) -> str:
    """`name: generic[types] = maker(args)`, broken where it is too long."""
    line = f"{name}: {generic}[{', '.join(types)}] = {maker}({', '.join(args)})"
    if len(line) <= _WIDTH:
        return line
    head = f"{name}: {generic}[{', '.join(types)}] = {maker}("
    if len(head) <= _WIDTH:
        return exploded(head, args, ")")
    lines = "".join(f"{_INDENT}{each},\n" for each in types)
    return f"{name}: {generic}[\n{lines}" + exploded(f"] = {maker}(", args, ")")
