"""The manual of the diagnostics, docs/diagnostics.md and docs/breaking.md: what they are about."""

import re
from pathlib import Path

__all__ = ["page_of", "section"]


def page_of(code: str) -> str:
    """The page that a code is on."""
    return "breaking.md" if code.startswith("CW5") else "diagnostics.md"


def section(code: str) -> str:
    """The section of a code, as Markdown.

    Raises:
        KeyError: if there is none.
    """
    text = _file(page_of(code)).read_text(encoding="utf-8")
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        if part.startswith(f"## {code} "):
            return part.strip()
    raise KeyError(code)


def _file(name: str) -> Path:
    inside = Path(__file__).parents[1]
    # In a wheel they lie inside the package, in a checkout beside it.
    files = [folder / "docs" / name for folder in (inside, inside.parent)]
    return next(file for file in files if file.exists())
