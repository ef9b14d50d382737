"""Python text, laid out as formatters of Python do."""

import inspect
import re
from collections.abc import Sequence
from typing import Final

from capnweb_gen.importer.model import Doc, Param
from capnweb_gen.importer.names import snake_case

__all__ = [
    "INDENT",
    "WIDTH",
    "assigned",
    "comments",
    "docstring",
    "exploded",
    "literal",
    "method_doc",
]

INDENT: Final = "    "

#: Where lines are broken: what ruff and black begin with.
WIDTH: Final = 88


def exploded(head: str, items: Sequence[str], tail: str, depth: int = 0) -> list[str]:
    """`head` + items + `tail` on one line if it fits, else broken as formatters do."""
    indent = INDENT * depth
    line = f"{indent}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH or not items:
        return [line]
    inner = f"{indent}{INDENT}{', '.join(items)}"
    if len(inner) <= WIDTH:
        return [f"{indent}{head}", inner, f"{indent}{tail}"]
    return [f"{indent}{head}", *(f"{indent}{INDENT}{item}," for item in items), f"{indent}{tail}"]


def assigned(head: str, value: str) -> list[str]:
    """`head` + a type, broken as formatters do: at its brackets, or at the arms of a union."""
    arms = _arms(value)
    if len(head) + len(value) <= WIDTH or not (len(arms) > 1 or value.endswith("]")):
        return [head + value]
    if len(arms) == 1:
        name, _, inner = value[:-1].partition("[")
        return [f"{head}{name}[", f"{INDENT}{inner}", "]"]
    if len(INDENT) + len(value) <= WIDTH:
        return [f"{head}(", f"{INDENT}{value}", ")"]
    first, *more = arms
    return [f"{head}(", f"{INDENT}{first}", *(f"{INDENT}| {arm}" for arm in more), ")"]


def _arms(value: str) -> list[str]:
    """The arms of a union."""
    arms, depth = [""], 0
    for part in re.split(r"( \| |[\[\]])", value):
        depth += {"[": 1, "]": -1}.get(part, 0)
        if part == " | " and depth == 0:
            arms.append("")
        else:
            arms[-1] += part
    return arms


def comments(lines: Sequence[str], depth: int) -> list[str]:
    """Comments, wrapped."""
    indent = INDENT * depth
    wrapped: list[str] = []
    for line in lines:
        wrapped += _wrap(_visible(line), WIDTH - len(indent) - 2)
    return [f"{indent}# {line}" for line in wrapped]


def _wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def method_doc(doc: Doc, params: Sequence[Param]) -> str:
    """A comment and its tags, as a docstring in Google style."""
    parts = [doc.text.strip()] if doc.text.strip() else []
    texts = dict(doc.params)
    said = [(snake_case(each.name), texts.get(each.name, "")) for each in params]
    args = [f"    {name}: {text}" for name, text in said if text]
    if args:
        parts.append("\n".join(["Args:", *args]))
    if doc.returns:
        parts.append(f"Returns:\n    {doc.returns}")
    return "\n\n".join(parts)


def docstring(text: str, depth: int) -> list[str]:
    """The lines of a docstring; none if there is nothing to say."""
    cleaned = inspect.cleandoc(text).strip()
    if not cleaned:
        return []
    escaped = cleaned.replace("\\", "\\\\")
    escaped = re.sub(r'"{3,}|"+$', lambda quotes: '\\"' * len(quotes[0]), escaped)
    lines = [_visible(line).rstrip() for line in escaped.split("\n")]
    indent = INDENT * depth
    first, *more = lines
    if not more:
        return [f'{indent}"""{first}"""']
    return [
        f'{indent}"""{first}',
        *(f"{indent}{line}" if line else "" for line in more),
        f'{indent}"""',
    ]


def _visible(line: str) -> str:
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in line.expandtabs(4)
    )


def literal(text: str) -> str:
    """A string literal, in double quotes where that needs no escapes."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written
