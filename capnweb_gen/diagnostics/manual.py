"""The manual of the diagnostics, docs/diagnostics.md: what each code is about."""

import re
from pathlib import Path

__all__ = ["section"]


def section(code: str) -> str:
    """The section of a code, as Markdown.

    Raises:
        KeyError: if there is none.
    """
    text = _file().read_text(encoding="utf-8")
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        if part.startswith(f"## {code} "):
            return part.strip()
    raise KeyError(code)


def _file() -> Path:
    inside = Path(__file__).parents[1]
    # In a wheel it lies inside the package, in a checkout beside it.
    files = [folder / "docs/diagnostics.md" for folder in (inside, inside.parent)]
    return next(file for file in files if file.exists())
