"""Figures in the docs are those that were measured."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from benchmarks import compiled, generator, growth, report, soak
from benchmarks.pages import DOCS, documented, load


@pytest.mark.parametrize(
    ("page", "name", "what", "table"),
    [
        ("performance-generator", "generator", "the generator", generator.table),
        ("performance", "latest", "the bar", report.table),
        ("performance", "growth", "growth", growth.table),
        ("performance", "compiled", "the compiled form", compiled.table),
        ("performance", "soak", "the soak", soak.table),
    ],
)
def test_figures(page: str, name: str, what: str, table: Callable[[Any], Iterable[str]]) -> None:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert documented(text, what, table(load(name))) == text
