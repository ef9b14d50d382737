"""Watching: what is looked at, when a change is seen, and what a run says. Nothing waits here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capnweb_gen.cli.watch import Watched, watch
from capnweb_gen.diagnostics import Report
from capnweb_gen.project import Settings, Work, changes, imported_files, plan_work

_API = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
"""

_NAMES = ["__init__.py", "client.py", "server.py", "fake.py", "contract.json"]
_ALL = ", ".join(f"api_rpc/{name}" for name in _NAMES)
_SORTED = ", ".join(f"api_rpc/{name}" for name in sorted(_NAMES))


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[tool.capnweb-gen]\nsources = ["api.py"]\n')
    Path("api.py").write_text(_API)


def plan(report: Report) -> Work | None:
    return plan_work([], Settings(), report)


def steps(*edits: Callable[[], object]) -> Callable[[], None]:
    """A pause that makes the next edit, and ends the watch after the last."""
    waiting = iter(edits)

    def pause() -> None:
        edit = next(waiting, None)
        if edit is None:
            raise KeyboardInterrupt
        edit()

    return pause


def run(*edits: Callable[[], object]) -> None:
    with pytest.raises(KeyboardInterrupt):
        watch(changes(Watched(plan), steps(*edits)), plan)


def write(path: str, text: str) -> Callable[[], object]:
    def edit() -> None:
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)

    return edit


def test_a_line_for_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    renamed = _API.replace("add", "subtract")
    run(lambda: None, write("api.py", renamed), write("api.py", renamed + "\n\n"))
    assert capsys.readouterr().out.splitlines() == [
        f"watching: wrote {_ALL}",
        f"api.py: wrote {_ALL.removeprefix('api_rpc/__init__.py, ')}",
        "api.py: up to date",
    ]


def test_broken_states_are_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        write("api.py", "class Api(Prot"),
        write("api.py", _API),
        write("pyproject.toml", "[tool.capnweb-gen"),
        write("pyproject.toml", '[tool.capnweb-gen]\nsources = ["api.py"]\noutput = "rpc"\n'),
        lambda: Path("api.py").unlink(),
        write("api.py", _API.replace("add", "subtract")),
    )
    printed = capsys.readouterr()
    lines = [line.partition(" rpc/__init__")[0] for line in printed.out.splitlines()[1:]]
    assert lines[:4] == [
        "api.py: failed",
        "api.py: up to date",
        "pyproject.toml: failed",
        f"pyproject.toml: wrote {_ALL.replace('api_rpc', 'rpc/api_rpc')}; deleted {_SORTED}",
    ]
    assert lines[4] == "api.py: failed"
    assert lines[5].startswith("api.py: wrote rpc/api_rpc/client.py")
    assert "CW004" in printed.err
    assert "CW803" in printed.err
    assert "CW804" in printed.err


def test_what_the_sources_import_is_watched(capsys: pytest.CaptureFixture[str]) -> None:
    importing = f"from models.user import User\n{_API.replace('a: int', 'a: User')}"
    model = "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n"
    run(
        write("api.py", importing),
        write("models/user.py", model),  # which was not there when it was imported
        write("models/user.py", model.replace("id", "number")),
    )
    why = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert why == ["watching", "api.py", "models/user.py", "models/user.py"]


def test_what_changes_during_a_run_is_not_missed() -> None:
    seen = changes(lambda: [Path("api.py")], steps())
    assert next(seen) == frozenset()
    Path("api.py").write_text("while the first run is busy")
    assert next(seen) == {Path("api.py")}
    Path("api.py").write_text("while the second one is")
    assert next(seen) == {Path("api.py")}
    with pytest.raises(KeyboardInterrupt):
        next(seen)


def test_imports_are_followed_through_packages(tmp_path: Path) -> None:
    texts = {
        "shop/__init__.py": "",
        "shop/api.py": "import json\nfrom . import models\nfrom .models.user import User\n",
        "shop/models/__init__.py": "from ..base import Base\n",
        "shop/models/user.py": "if True:\n    import shop.late\n",
        "shop/base.py": "this is no Python",
        "shop/late.py": "",
        "shop/other.py": "",
    }
    for name, text in texts.items():
        write(name, text)()
    found = imported_files([(tmp_path / "shop/api.py", tmp_path)])
    there = {path.relative_to(tmp_path).as_posix() for path in found if path.exists()}
    assert there == set(texts) - {"shop/other.py"}


def test_ctrl_c_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: float) -> Iterator[None]:
        raise KeyboardInterrupt

    monkeypatch.setattr("capnweb_gen.cli.watch.time.sleep", interrupt)
    monkeypatch.setattr("sys.argv", ["capnweb-gen", "--watch"])
    from capnweb_gen.cli import main  # noqa: PLC0415

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    printed = capsys.readouterr()
    assert printed.out.startswith("watching: wrote ")
    assert printed.err == ""
