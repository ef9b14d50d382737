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
    ("module", "line", "replacement"),
    [
        ("client", "-> UserPromise:", "-> _t.Any:"),
        ("client", "user_id: _r.Arg[_b.int]", "user_id: _t.Any"),
        ("client", "-> _r.ListPromise[_b.int, _r.Promise[_b.int]]:", "-> _t.Any:"),
        ("client", "-> _r.StreamPromise[_b.bytes]:", "-> _t.Any:"),
        ("client", "data: _abc.AsyncIterable[_r.Arg[_b.bytes]]", "data: _t.Any"),
        ("fake", "self.get_user =", "self.get_user: _t.Any ="),
        ("fake", "_f.stream(_srv.MediaTarget.tail)", "_f.overloaded(_srv.MediaTarget.tail)"),
        ("fake", "motd: _r.MaybeAwaitable[_r.Arg[_b.str]]", "motd: _t.Any"),
    ],
)
def test_the_suite_has_teeth(
    project: Path, tmp_path: Path, module: str, line: str, replacement: str
) -> None:
    broken = shutil.copytree(project, tmp_path / "broken")
    path = broken / f"api_rpc/{module}.py"
    text = path.read_text()
    assert line in text
    path.write_text(text.replace(line, replacement))
    assert mypy(broken) != ""
