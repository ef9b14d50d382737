"""The beginning of a project."""

import re
import tomllib
from pathlib import Path

import pytest

from capnweb_gen.project import PRE_COMMIT
from tests.generator.test_command import names, run

_ROOT = Path(__file__).parents[2]


def test_an_empty_folder_becomes_a_project(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).returncode == 0
    assert names(tmp_path) == ["api.py", "pyproject.toml"]
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("api_rpc: wrote ")
    assert run("check", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    "before",
    [
        b'[project]\nname = "shop"\n',
        b'# no end of line\n[project]\nname = "sh\xc3\xb6p"',
        b'[project]\r\nname = "shop"\r\n\r\n# a comment\r\n',
        b"[tool.other]\nkey = [\n  1,\n]\n",
    ],
)
def test_what_is_there_stays_byte_for_byte(before: bytes, tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_bytes(before)
    assert run("init", "src/*/api.py", "b.py", cwd=tmp_path).returncode == 0
    after = pyproject.read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert b"\n" not in after.replace(b"\r\n", b"") or b"\r\n" not in before
    table = tomllib.loads(after.decode())["tool"]["capnweb-gen"]
    assert table == {"sources": ["src/*/api.py", "b.py"]}


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ('[tool.capnweb-gen]\nsources = ["a.py"]\n', "CW909"),
        ("[tool.capnweb-gen.jobs.a]\n", "CW909"),
        ("[tool", "CW803"),
        ("tool = {other = 1}\n", "CW803"),
    ],
)
def test_it_refuses_what_it_cannot_add_to(before: str, code: str, tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(before)
    done = run("init", cwd=tmp_path)
    assert done.returncode == 2
    assert f"error {code}:" in done.stderr
    assert pyproject.read_text() == before
    assert names(tmp_path) == ["pyproject.toml"]


def test_hooks_are_written_once(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text("# mine\n")
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []\n")
    done = run("init", "--pre-commit", "--github", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "api.py").read_text() == "# mine\n"
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    assert PRE_COMMIT in done.stdout
    workflow = tmp_path / ".github/workflows/capnweb-gen.yml"
    assert "capnweb-gen check --format github" in workflow.read_text()


def test_the_hook_of_this_repository_is_the_one_that_init_writes() -> None:
    def settings(text: str) -> set[str]:
        return {line.strip(" -") for line in text.splitlines() if re.match(r"[ -]+\w+: ", line)}

    shipped = settings((_ROOT / ".pre-commit-hooks.yaml").read_text())
    written = settings(PRE_COMMIT)
    assert {line for line in shipped if not line.startswith("description:")} == {
        line for line in written if not line.startswith("repo: ")
    }
