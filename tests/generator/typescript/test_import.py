"""TypeScript files become Protocols, which type-check, generate, and call the service."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_gen import generate, import_typescript
from capnweb_gen.diagnostics import Excerpts, render
from tests.generator.generated import imported
from tests.generator.typescript.compiler import NODE_MODULES, compiled, link_packages, tsc
from tests.generator.typescript.node import served
from tests.typing.checkers import mypy, pyright

_CASES = Path(__file__).parent / "cases"
_IMPORTS = sorted((_CASES / "imports").iterdir())

#: Declarations that come back as they were. In the others names of aliases are written out, or
#: a default has become a member that may be left out.
_SAME = ("aliases", "camel", "names", "scalars", "wire_names")

_OTHERS = [
    file
    for file in sorted((_CASES / "expected").rglob("*.d.ts"))
    if file.name.removesuffix(".d.ts") not in _SAME
]


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is imported, and what is generated from it, in one folder."""
    folder = tmp_path_factory.mktemp("imports")
    link_packages(folder)
    for case in _IMPORTS:
        shutil.copytree(case, folder, dirs_exist_ok=True)
        assert import_typescript(folder / f"{case.name}.ts").path == folder / f"{case.name}.py"
        assert generate(folder / f"{case.name}.py").package is not None
    return folder


@pytest.mark.parametrize("case", _IMPORTS, ids=lambda case: case.name)
def test_golden(
    case: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case)
    made = tmp_path / f"{case.name}.py"
    result = import_typescript(f"{case.name}.ts", made, typescript=NODE_MODULES / "typescript")
    excerpts = Excerpts()
    text = "\n\n".join(render(found, excerpts) for found in result.diagnostics) + "\n"
    if request.config.getoption("--update-goldens", default=False):
        shutil.copy(made, case / "expected.py")
        (case / "diagnostics.txt").write_text(text, encoding="utf-8")
    assert made.read_bytes() == (case / "expected.py").read_bytes()
    assert text == (case / "diagnostics.txt").read_text(encoding="utf-8")


@pytest.mark.timeout(300)
def test_the_typescript_is_right(project: Path) -> None:
    assert tsc(project) == ""


@pytest.mark.timeout(300)
def test_mypy_accepts_what_is_imported(project: Path) -> None:
    assert mypy(project) == ""


@pytest.mark.timeout(300)
def test_pyright_accepts_what_is_imported(project: Path) -> None:
    assert pyright(project) == ""


def test_it_is_formatted_and_has_no_lint(project: Path) -> None:
    files = [str(project / f"{case.name}.py") for case in _IMPORTS]
    for command in (["check"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", *files],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", _SAME)
def test_declarations_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    shutil.copy(_CASES / "expected" / f"{name}.d.ts", tmp_path)
    link_packages(tmp_path)
    result = import_typescript(tmp_path / f"{name}.d.ts")
    assert result.diagnostics == ()
    again = generate(tmp_path / f"{name}.py", ts=tmp_path / "again")
    assert again.package is not None
    assert (tmp_path / "again" / f"{name}.d.ts").read_text() == (
        tmp_path / f"{name}.d.ts"
    ).read_text()


@pytest.mark.parametrize("file", _OTHERS, ids=lambda file: file.name)
def test_all_declarations_can_be_imported(file: Path, tmp_path: Path) -> None:
    result = import_typescript(file, tmp_path / "made.py", typescript=NODE_MODULES / "typescript")
    assert result.path is not None, result.diagnostics
    assert generate(result.path).package is not None


# ---- a service that was written in TypeScript


@pytest.fixture(scope="module", name="notes")
def _notes(project: Path) -> Iterator[tuple[Any, Any, Path]]:
    shutil.copytree(_CASES / "running", project, dirs_exist_ok=True)
    (project / "notes.js").write_text(compiled((project / "notes.ts").read_text()))
    with imported(project, "notes", "notes_rpc") as (api, api_rpc):
        yield api, api_rpc, project


def test_a_service_is_called_by_what_was_imported(notes: tuple[Any, Any, Path]) -> None:
    api, api_rpc, folder = notes

    async def run(url: str) -> None:
        async with rpc.connect(api_rpc.MainStub, url) as main:
            book = await main.open("Ada")
            assert await book.owner_name == "Ada"
            changes: list[Any] = []
            await book.on_change(changes.append)
            note = await book.add_note({"title": "first"})
            assert note == {"id": "n1", "title": "first", "labels": [], "size": 5}
            await book.add_note({"title": "a longer one", "labels": ["x"]})
            assert [change["kind"] for change in changes] == ["created", "created"]
            renamed = await book.rename_note("n1", "zero")
            assert renamed["editedAt"].year == 2024
            assert await book.rename_note("n9", "none") is None
            titles = [each["title"] for each in await book.list_notes()]
            assert titles == ["a longer one", "zero"]
            by_size = await book.list_notes(orderBy=api.Order.BySize, limit=1)
            assert [each["size"] for each in by_size] == [4]
            stream: AsyncIterator[str] = book.titles()
            assert [title async for title in stream] == ["zero", "a longer one"]
            with pytest.warns(DeprecationWarning, match="use listNotes"):
                assert await book.count() == 2
            assert await main.size_of(book, 5) == 1
            assert await main.size_of(main.open("Bob")) == 0
            assert await book.remove_notes("n1", "n2", "n3") == 2

    with served(folder, "./notes.js") as url:
        asyncio.run(run(url))


def test_a_second_import_touches_nothing(project: Path) -> None:
    assert not import_typescript(project / "notes.ts").changed


def test_what_was_edited_is_not_overwritten(project: Path, tmp_path: Path) -> None:
    mine = tmp_path / "notes.py"
    mine.write_text("# mine\n")
    result = import_typescript(project / "notes.ts", mine)
    assert result.diagnostics[-1].message == "notes.py is there already, and was not generated"
    assert result.path is None
    assert mine.read_text() == "# mine\n"


def test_a_machine_without_node(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    [found] = import_typescript(project / "notes.ts").diagnostics
    assert found.code == "CW601"
    assert "Node.js was not found" in found.message
