import shutil
from pathlib import Path

import pytest

from capnweb_gen import generate
from tests.typing.checkers import mypy, pyright

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interface with its generated package, and uses of it, good and bad.

    In the bad ones each line has an ignore, and both checkers report ignores that nothing needs: so
    a file passes if and only if every good line is accepted and every bad one is refused.
    """
    folder = tmp_path_factory.mktemp("project")
    for source in (Path(__file__).parent / "cases").glob("*.py"):
        shutil.copy(source, folder)
    for name in ("api", "kinds"):
        result = generate(folder / f"{name}.py")
        assert result.diagnostics == ()
        assert result.package == folder / f"{name}_rpc"
    return folder


def test_mypy_agrees(project: Path) -> None:
    assert mypy(project) == ""


def test_pyright_agrees(project: Path) -> None:
    assert pyright(project) == ""


@pytest.mark.parametrize(
    ("line", "replacement"),
    [
        ("-> UserPromise:", "-> _t.Any:"),
        ("user_id: _r.Arg[_b.int]", "user_id: _t.Any"),
        ("-> _r.ListPromise[_b.int, _r.Promise[_b.int]]:", "-> _t.Any:"),
        ("-> _r.StreamPromise[_b.bytes]:", "-> _t.Any:"),
        ("data: _abc.AsyncIterable[_r.Arg[_b.bytes]]", "data: _t.Any"),
    ],
)
def test_the_suite_has_teeth(project: Path, tmp_path: Path, line: str, replacement: str) -> None:
    broken = shutil.copytree(project, tmp_path / "broken")
    client = broken / "api_rpc/client.py"
    text = client.read_text()
    assert line in text
    client.write_text(text.replace(line, replacement))
    assert mypy(broken) != ""
