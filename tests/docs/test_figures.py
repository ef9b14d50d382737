"""Figures in the docs are those that were measured."""

import json

from benchmarks.generator import DOCS, RESULTS, documented


def test_figures_of_the_generator() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert documented(json.loads(RESULTS.read_text(encoding="utf-8")), page) == page
