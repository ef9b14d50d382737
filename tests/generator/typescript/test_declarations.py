"""Declarations: their text, and which uses of them the compiler accepts.

In cases/uses each line that must not pass says `@ts-expect-error`, which is an error itself where
nothing is wrong: so a file passes if and only if every good line is accepted and every bad one is
refused.
"""

import shutil
from pathlib import Path

import pytest

from capnweb_gen import generate
from tests.generator.cases_on_disk import GOOD, READABLE, options_of, source_of_good
from tests.generator.typescript.compiler import link_packages, tsc

_CASES = Path(__file__).parent / "cases"
_USES = sorted((_CASES / "uses").glob("*.ts"))


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_golden(case: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    result = generate(
        source_of_good(case), tmp_path / "python", ts=tmp_path / "ts", **options_of(case)
    )
    assert result.package is not None
    [declared] = (tmp_path / "ts").rglob("*.d.ts")
    expected = _CASES / "expected" / declared.relative_to(tmp_path / "ts")
    made = declared.read_bytes()
    if request.config.getoption("--update-goldens", default=False):
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(made)
    assert made == expected.read_bytes()


def test_there_are_no_other_goldens() -> None:
    cases = {case.name for case in GOOD}
    for path in (_CASES / "expected").rglob("*.d.ts"):
        assert path.relative_to(_CASES / "expected").parts[0].removesuffix(".d.ts") in cases


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("typescript")
    for part in ("expected", "uses"):
        shutil.copytree(_CASES / part, folder / part)
    link_packages(folder)
    return folder


@pytest.mark.timeout(300)
def test_tsc_agrees(project: Path) -> None:
    assert len(_USES) > 5
    assert tsc(project) == ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("file", "line", "replacement"),
    [
        ("capabilities.d.ts", "room(room: RoomInput): Promise<Room>", "room(room: any): any"),
        ("scalars.d.ts", "when(moment: Date): Promise<Date>", "when(moment: any): any"),
    ],
)
def test_the_suite_has_teeth(
    project: Path, tmp_path: Path, file: str, line: str, replacement: str
) -> None:
    use = f"{file.partition('.')[0]}.ts"
    for path in (Path("uses", use), Path("expected", file)):
        (tmp_path / path.parent).mkdir()
        shutil.copy(project / path, tmp_path / path)
    link_packages(tmp_path)
    declared = tmp_path / "expected" / file
    assert line in declared.read_text()
    declared.write_text(declared.read_text().replace(line, replacement))
    assert "Unused '@ts-expect-error' directive" in tsc(tmp_path)
