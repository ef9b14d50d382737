"""What a change breaks: a folder of cases for each rule, and laws that hold for any contract.

breaking/<code>_…/   previous.py and current.py, and in expected.txt what is found; of those that
                     end in _ok nothing breaks peers that run
"""

from pathlib import Path

import pytest

from capnweb_gen.breaking import RULES, Axis, compare
from capnweb_gen.diagnostics import CODES, Report, Severity, render
from capnweb_gen.ir import Contract
from capnweb_gen.naming import Naming
from capnweb_gen.obtain import contract_of_file

_ROOT = Path(__file__).parents[2]

CASES = sorted((Path(__file__).parent / "cases/breaking").iterdir())


def contract_of(path: Path) -> Contract:
    report = Report()
    contract = contract_of_file(path, Naming(), report)
    assert contract is not None, report.diagnostics
    return contract


def found(case: Path, *axes: Axis) -> Report:
    report = Report()
    old, new = contract_of(case / "previous.py"), contract_of(case / "current.py")
    compare(old, new, report, axes=axes or tuple(Axis))
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(case)
    report = found(case)
    text = "".join(f"{render(each)}\n" for each in report.diagnostics)
    golden = case / "expected.txt"
    if request.config.getoption("--update-goldens", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    if case.name.endswith("_ok"):
        wire = found(case, Axis.WIRE).diagnostics
        assert [each for each in wire if each.severity is Severity.ERROR] == []
    else:
        assert case.name.partition("_")[0] in {each.code for each in report.diagnostics}


def test_every_rule_has_a_case_and_a_section() -> None:
    sections = {
        line.removeprefix("## ").partition(" ")[0]
        for line in (_ROOT / "docs/breaking.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("## CW")
    }
    assert {case.name.partition("_")[0] for case in CASES} == set(RULES)
    assert sections == set(RULES)
    assert set(RULES) == {code for code in CODES if code.startswith("CW5")}


def test_an_axis_alone() -> None:
    case = next(case for case in CASES if case.name == "CW512_name")
    assert found(case, Axis.WIRE, Axis.TS).diagnostics == []
    assert [each.code for each in found(case, Axis.PYTHON).diagnostics] == ["CW512"]
