"""Lists that come a page at a time."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")

PerPage = Annotated[int, Field(ge=1, le=100)]


class Page(BaseModel, Generic[T]):
    """Part of a list.

    Attributes:
        items: The elements of this page.
        total_count: How many there are on all pages.
        next_cursor: What to ask for next; None on the last page.
    """

    items: list[T]
    total_count: int
    next_cursor: str | None = None
