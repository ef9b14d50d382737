import shutil
import sys
from pathlib import Path

import pytest

from capnweb_gen import Diagnostic, Severity, check, generate, import_typescript, scaffold
from capnweb_gen.api import generate_work
from capnweb_gen.breaking import RULES
from capnweb_gen.diagnostics import CODES, Excerpts, Report, render
from capnweb_gen.project import MANIFEST, Settings, plan_work
from tests.generator.cases_on_disk import (
    BAD,
    READABLE,
    expected_package,
    options_of,
    source_of_bad,
    source_of_good,
)
from tests.generator.typescript.compiler import NODE_MODULES
from tests.typing.checkers import mypy, pyright

_DOCS = Path(__file__).parents[2] / "docs/diagnostics.md"

#: Cases that newer Pythons have no quarrel with.
_ONLY_BEFORE = {"CW207": (3, 12)}

#: Codes that only `check` has: `generate` would put it right.
_OF_CHECK = {"CW904", "CW905", "CW906"}

#: What is said of contracts, and has its cases elsewhere: test_contract, test_breaking, and
#: test_obtaining.
_OF_CONTRACTS = {"CW008", "CW009", "CW011", *RULES}


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_good(case: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    result = generate(source_of_good(case), tmp_path, **options_of(case))
    errors = [found for found in result.diagnostics if found.severity is Severity.ERROR]
    assert errors == []
    assert result.package is not None
    made = {file.name: file.read_bytes() for file in result.package.iterdir()}
    del made[MANIFEST]  # which tells nothing but the digests of the others
    expected = case / "expected"
    if request.config.getoption("--update-goldens", default=False):
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, content in made.items():
            (expected / name).write_bytes(content)
    assert made == {file.name: file.read_bytes() for file in expected.iterdir()}


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    code = case.name.partition("_")[0]
    if sys.version_info >= _ONLY_BEFORE.get(code, (4,)):
        assert generate(source_of_bad(case), tmp_path).diagnostics == ()
        return
    folder = tmp_path / case.name
    shutil.copytree(case, folder)
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    found = _found(code, folder)
    excerpts = Excerpts()
    text = "\n\n".join(render(each, excerpts) for each in found) + "\n"
    golden = case / "diagnostics.txt"
    if request.config.getoption("--update-goldens", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert code in {each.code for each in found}
    if any(each.severity is Severity.ERROR for each in found):
        assert sorted(folder.rglob("*")) == before


def _found(code: str, case: Path) -> tuple[Diagnostic, ...]:
    """What is said of the configuration in the working folder, of its files, or of its source."""
    if (case / "pyproject.toml").exists():
        report = Report()
        work = plan_work([], Settings(), report)
        found = tuple(report.diagnostics)
        return found if work is None else (*found, *generate_work(work).diagnostics)
    if code.startswith("CW6"):
        typescript = None if code == "CW601" else NODE_MODULES / "typescript"
        [source] = case.glob("api.*")
        return import_typescript(source.name, typescript=typescript).diagnostics
    if code == "CW909":
        return scaffold(source_of_bad(case).name).diagnostics
    if code in _OF_CHECK:
        return check(source_of_bad(case).name).diagnostics
    return generate(source_of_bad(case).name, **options_of(case)).diagnostics


def test_every_code_has_a_case_and_a_page() -> None:
    sections = {
        line.removeprefix("## ").partition(" ")[0]
        for line in _DOCS.read_text(encoding="utf-8").splitlines()
        if line.startswith("## CW")
    }
    assert {case.name.partition("_")[0] for case in BAD} | _OF_CONTRACTS == set(CODES)
    assert sections | set(RULES) == set(CODES)


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All good cases with their expected packages, in one folder."""
    folder = tmp_path_factory.mktemp("goldens")
    for case in READABLE:
        for part in case.iterdir():
            if part.name == "expected":
                package = folder / expected_package(case).relative_to(case)
                shutil.copytree(part, package, dirs_exist_ok=True)
            elif part.is_dir():
                shutil.copytree(part, folder / part.name, dirs_exist_ok=True)
            else:
                shutil.copy(part, folder)
    return folder


@pytest.mark.timeout(300)
def test_mypy_accepts_what_is_generated(project: Path) -> None:
    assert mypy(project) == ""


@pytest.mark.timeout(300)
def test_pyright_accepts_what_is_generated(project: Path) -> None:
    assert pyright(project) == ""
