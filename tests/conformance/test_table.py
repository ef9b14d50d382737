"""Every behaviour of the reference has a test, a documented difference, or a reason to wait."""

import json
import re

import pytest

from tests.conformance.collecting import TESTS, by_id, ids_in
from tests.conformance.table import (
    MATRIX,
    README,
    Section,
    State,
    difference_rows,
    matrix,
    read,
    readme,
)

ANEW = "python -m tests.conformance writes it anew"


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    return read()


def test_every_id_has_a_test_or_a_difference(sections: list[Section]) -> None:
    behaviours = [each for section in sections for each in section.behaviours]
    assert [f"{each.id} {each.title}" for each in behaviours if each.state is State.MISSING] == []


def test_the_list_is_complete_and_in_order(sections: list[Section]) -> None:
    behaviours = [each for section in sections for each in section.behaviours]
    assert len(behaviours) == 286
    for section in sections:
        numbered = [f"{section.name}-{n + 1:02}" for n in range(len(section.behaviours))]
        assert [each.id for each in section.behaviours] == numbered


def test_tests_name_only_ids_that_there_are(sections: list[Section]) -> None:
    known = {each.id for section in sections for each in section.behaviours}
    named = by_id([section.name for section in sections])
    assert {each: tests for each, tests in named.items() if each not in known} == {}


def test_differences_are_documented(sections: list[Section]) -> None:
    behaviours = [each for section in sections for each in section.behaviours]
    named = {each.difference: each.id for each in behaviours if each.difference}
    rows = difference_rows()
    assert {name: shown for name, shown in named.items() if name not in rows} == {}


def test_where_a_vector_says_that_the_reference_differs_so_does_the_list(
    sections: list[Section],
) -> None:
    """A row shows several ids; it is enough that one of them is the one that differs."""
    behaviours = [each for section in sections for each in section.behaviours]
    different = {each.id for each in behaviours if each.state is State.DIFFERENT}
    undocumented = [
        f"{path.name}: {row['what']} ({', '.join(row['shows'])})"
        for path in sorted((TESTS / "vectors").rglob("*.json"))
        for row in json.loads(path.read_text("ascii"))
        if "reference" in row and different.isdisjoint(row["shows"])
    ]
    assert undocumented == []


def test_the_matrix_is_up_to_date(sections: list[Section]) -> None:
    assert MATRIX.is_file(), ANEW
    assert MATRIX.read_text("utf-8") == matrix(sections), ANEW


def test_the_summary_is_up_to_date(sections: list[Section]) -> None:
    text = README.read_text("utf-8")
    assert text == readme(text, sections), ANEW


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ERR-01, ERR-03.", "ERR-01 ERR-03"),
        ("MAP-01..03", "MAP-01 MAP-02 MAP-03"),
        ("MAP-01 to 03", "MAP-01 MAP-02 MAP-03"),
        ("MAP-01 to MAP-03", "MAP-01 MAP-02 MAP-03"),
        ("MAP-01–03", "MAP-01 MAP-02 MAP-03"),
        ("ERR-01/03/05", "ERR-01 ERR-03 ERR-05"),
        ("ERR-01 to MAP-02", "ERR-01 MAP-02"),
        ("UTF-16, MAP-123, XERR-01", ""),
    ],
)
def test_how_ids_are_written(text: str, ids: str) -> None:
    assert list(ids_in(text, ["ERR", "MAP"])) == ids.split()


def test_an_id_belongs_to_the_test_that_names_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tests")
    (folder / "vectors").mkdir()
    (folder / "vectors" / "rows.json").write_text('[{"shows": ["ERR-03"]}]')
    (folder / "helpers.py").write_text('"""ERR-09"""')
    source = '''
        """ERR-01"""
        @mark("ERR-02")
        def test_one():
            """ERR-03"""
        # ERR-04
        class TestMore:
            def test_two(self):
                # ERR-03
                pass
    '''
    (folder / "test_a.py").write_text(re.sub(r"^ {8}", "", source, flags=re.MULTILINE))
    assert by_id(["ERR"], folder) == {
        "ERR-01": ["test_a.py"],
        "ERR-02": ["test_a.py::test_one"],
        "ERR-03": ["test_a.py::test_one", "test_a.py::TestMore::test_two", "vectors/rows.json"],
        "ERR-04": ["test_a.py"],
    }
