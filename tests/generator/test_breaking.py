"""What a change breaks: a folder of cases for each rule, and laws that hold for any contract.

breaking/<code>_…/   previous.py and current.py, and in expected.txt what is found; of those that
                     end in _ok nothing breaks peers that run
"""

import difflib
import re
from pathlib import Path

import pytest

from capnweb_gen.breaking import RULES, Axis, compare
from capnweb_gen.diagnostics import CODES, Report, Severity, render
from capnweb_gen.ir import Contract
from tests.generator.reading import read_all

_ROOT = Path(__file__).parents[2]

CASES = sorted((Path(__file__).parent / "cases/breaking").iterdir())


@pytest.fixture(scope="module", name="contracts")
def _contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    """The contracts of all cases, by name of the case and whether it is the previous one."""
    texts = {
        f"{case.name}_{version}": (case / f"{version}.py").read_text(encoding="utf-8")
        for case in CASES
        for version in ("previous", "current")
    }
    return read_all(tmp_path_factory.mktemp("breaking"), texts)


def found(contracts: dict[str, Contract], case: str, *axes: Axis) -> Report:
    report = Report()
    old, new = contracts[f"{case}_previous"], contracts[f"{case}_current"]
    compare(old, new, report, axes=axes or tuple(Axis))
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, contracts: dict[str, Contract], request: pytest.FixtureRequest) -> None:
    report = found(contracts, case.name)
    lines = "".join(f"{render(each)}\n" for each in report.diagnostics)
    text = re.sub(r"(?m)^\S*?(current\.py:)", r"\1", lines)
    golden = case / "expected.txt"
    if request.config.getoption("--update-goldens", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    if case.name.endswith("_ok"):
        wire = found(contracts, case.name, Axis.WIRE).diagnostics
        assert [each for each in wire if each.severity is Severity.ERROR] == []
    else:
        assert case.name.partition("_")[0] in {each.code for each in report.diagnostics}


def test_every_rule_has_a_case_and_a_section() -> None:
    text = (_ROOT / "docs/breaking.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (CW\d+) (.+)\n\n`(.+)` · (.+)$", text, re.MULTILINE)
    assert sections == [
        (code, CODES[code].title, rule.name, ", ".join(a.value for a in Axis if a in rule.axes))
        for code, rule in RULES.items()
    ]
    assert {case.name.partition("_")[0] for case in CASES} == set(RULES)
    assert set(RULES) == {code for code in CODES if code.startswith("CW5")}


def test_examples_in_the_docs_are_cases() -> None:
    cases: dict[str, set[str]] = {}
    for case in CASES:
        cases.setdefault(case.name.partition("_")[0], set()).add(_diff(case))
    text = (_ROOT / "docs/breaking.md").read_text(encoding="utf-8")
    for section in re.split(r"(?m)^## (?=CW)", text)[1:]:
        examples = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
        assert examples, section
        assert set(examples) <= cases[section[:5]]


def _diff(case: Path) -> str:
    previous, current = (
        (case / f"{version}.py").read_text(encoding="utf-8").partition("\nclass ")[2].splitlines()
        for version in ("previous", "current")
    )
    lines = difflib.ndiff(
        [f"class {previous[0]}", *previous[1:]], [f"class {current[0]}", *current[1:]]
    )
    return "".join(f"{line.rstrip()}\n" for line in lines if not line.startswith("?"))


def test_an_axis_alone(contracts: dict[str, Contract]) -> None:
    assert found(contracts, "CW512_name", Axis.WIRE, Axis.TS).diagnostics == []
    python = found(contracts, "CW512_name", Axis.PYTHON).diagnostics
    assert [each.code for each in python] == ["CW512"]
