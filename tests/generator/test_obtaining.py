"""Contracts from files, from a history and from servers, and the commands that take them."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import contract_json, digests_of
from capnweb_gen.obtain import contract_of_git
from tests.generator.generated import imported
from tests.generator.reading import read_all
from tests.generator.test_command import run

_OLD = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int = 2) -> int: ...
    async def gone(self) -> None: ...
"""

_NEW = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int = 2) -> int: ...
"""


@pytest.fixture(scope="module", name="texts")
def _texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The texts of contract.json, before and after."""
    folder = tmp_path_factory.mktemp("texts")
    old, new = read_all(folder, {"api": _OLD, "api_new": _NEW}).values()
    return contract_json(old, digests_of(old)), contract_json(new, digests_of(new))


#: Nothing of what the user has configured.
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, **_GIT}
    command = ["git", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)


@pytest.fixture(scope="module", name="repository")
def _repository(tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]) -> Path:
    """A repository with two versions of `src/api_rpc/contract.json`, without any other file."""
    top = tmp_path_factory.mktemp("repository")
    package = top / "src/api_rpc"
    package.mkdir(parents=True)
    git(top, "init", "--initial-branch", "main")
    for number, text in enumerate(texts):
        (package / "contract.json").write_text(text)
        git(top, "add", ".")
        git(top, "commit", "-m", f"version {number}")
        git(top, "tag", f"v{number}")
    git(top, "branch", "former", "HEAD~1")
    return top


@pytest.mark.parametrize(
    ("where", "members"),
    [
        ("branch=main", ["add"]),
        ("branch=former", ["add", "gone"]),
        ("tag=v0", ["add", "gone"]),
        ("ref=HEAD~1", ["add", "gone"]),
        ("ref=HEAD", ["add"]),
    ],
)
def test_contract_of_a_former_version(repository: Path, where: str, members: list[str]) -> None:
    report = Report()
    file = repository / "src/api_rpc/contract.json"
    contract = contract_of_git(f".git#{where}", file, report)
    assert contract is not None, report.diagnostics
    [interface] = contract.interfaces.values()
    assert [member.name for member in interface.members] == members


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (".git#branch=nothing", "there is no branch nothing"),
        (".git#tag=main", "there is no tag main"),
        (".git#ref=--help", "there is no revision --help"),
        (".git#commit=v0", "is no place in a history"),
        (".git#branch=", "is no place in a history"),
    ],
)
def test_no_former_version(repository: Path, where: str, message: str) -> None:
    report = Report()
    assert contract_of_git(where, repository / "src/api_rpc/contract.json", report) is None
    [found] = report.diagnostics
    assert found.code == "CW009"
    assert message in found.message


def test_no_contract_in_a_former_version(repository: Path, tmp_path: Path) -> None:
    for file in (repository / "other_rpc/contract.json", tmp_path / "api_rpc/contract.json"):
        report = Report()
        assert contract_of_git(".git#tag=v0", file, report) is None
        assert [found.code for found in report.diagnostics] == ["CW009"]


def test_what_breaks_on_purpose(tmp_path: Path) -> None:
    a = "    async def a(self) -> int: ...\n"
    after = "from typing import Protocol\n\n\nclass Api(Protocol):{}\n" + a
    before = after.format("") + a.replace("a(", "b(")
    (tmp_path / "old.py").write_text(before, encoding="utf-8")
    new, config = tmp_path / "api.py", tmp_path / "pyproject.toml"

    def breaks() -> tuple[int, str, str]:
        done = run("breaking", "api.py", "--against", "old.py", cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    new.write_text(after.format(""), encoding="utf-8")
    status, _, found = breaks()
    assert status == 1
    assert "error CW502" in found
    assert "warning CW553" in found
    new.write_text(after.format("  # capnweb: ignore[CW502, CW553]"), encoding="utf-8")
    assert breaks() == (0, "api.py: nothing breaks\n", "")
    assert run("check", "api.py", "--no-diff", cwd=tmp_path).stderr.count("CW010") == 0
    new.write_text(after.format(""), encoding="utf-8")
    text = '[tool.capnweb-gen]\nignore = ["CW553"]\nseverity = {{CW502 = "{}"}}\n'
    config.write_text(text.format("warning"), encoding="utf-8")
    status, _, found = breaks()
    assert status == 0
    assert "warning CW502" in found
    assert "CW553" not in found
    config.write_text(text.format("error"), encoding="utf-8")
    assert breaks()[0] == 1


def test_the_command_breaking(repository: Path, texts: tuple[str, str], tmp_path: Path) -> None:
    (repository / "src/api.py").write_text(_NEW)
    broken = run("breaking", "api.py", "--against", ".git#tag=v0", cwd=repository / "src")
    assert broken.returncode == 1
    assert broken.stderr.startswith("api.py:5:7: error CW502: Api.gone is gone, and old clients")
    same = run("breaking", "src/api.py", "--against", ".git#branch=main", cwd=repository)
    assert (same.returncode, same.stdout) == (0, "src/api.py: nothing breaks\n")
    (tmp_path / "old.json").write_text(texts[0])
    (tmp_path / "new.json").write_text(texts[1])
    wire = run("breaking", "old.json", "--against", "new.json", "--axis", "wire", cwd=tmp_path)
    assert (wire.returncode, wire.stderr) == (0, "")
    failed = run("breaking", "old.json", "--against", "none.json", cwd=tmp_path)
    assert failed.returncode == 2
    assert "error CW008: the file cannot be read: No such file or directory" in failed.stderr


def test_the_command_describe(texts: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "contract.json").write_text(texts[1])
    shown = run("describe", "contract.json", cwd=tmp_path)
    assert shown.returncode == 0
    assert "interface Api:\n    add(a: int, b: int = 2) -> int\n" in shown.stdout
    again = run("describe", "contract.json", "--json", cwd=tmp_path)
    assert again.stdout == texts[1]
    failed = run("describe", "ws://127.0.0.1:1", cwd=tmp_path)
    assert failed.returncode == 2
    assert "error CW011: the server cannot be asked" in failed.stderr


@pytest.mark.parametrize("scheme", ["ws", "http"])
@pytest.mark.parametrize("offer", [True, False])
def test_describe_a_server(tmp_path: Path, scheme: str, offer: bool) -> None:
    (tmp_path / "live_api.py").write_text(_NEW)
    with imported(tmp_path, "live_api", "live_api_rpc") as (_, package):

        class Server(package.ApiTarget):  # type: ignore[misc, name-defined]
            def add(self, a: int, b: int = 2) -> int:
                return a + b

        async def main() -> subprocess.CompletedProcess[str]:
            async with rpc.serve(Server, "localhost", 0, offer_contract=offer) as server:
                url = f"{scheme}://localhost:{server.port}"
                return await asyncio.to_thread(run, "describe", url, cwd=tmp_path)

        done = asyncio.run(main())
    if offer:
        assert (done.returncode, done.stderr) == (0, "")
        assert "interface Api:  # the main object\n" in done.stdout
    else:
        assert done.returncode == 2
        assert "error CW011: the server offers no contract\n" in done.stderr


def test_hostile_texts_do_nothing_to_a_terminal(texts: tuple[str, str], tmp_path: Path) -> None:
    contract: dict[str, Any] = json.loads(texts[0])
    member = contract["interfaces"]["api:Api"]["members"]["add"]
    member |= {"doc": "a\x1b[2J", "deprecated": "\x07\nno", "attribute": "\x1b]0;"}
    (tmp_path / "contract.json").write_text(json.dumps(contract))
    shown = run("describe", "contract.json", cwd=tmp_path)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert "\x07" not in shown.stdout
    (tmp_path / "new.json").write_text(texts[1])
    found = run("breaking", "new.json", "--against", "contract.json", cwd=tmp_path)
    assert found.returncode == 1
    assert "\x1b" not in found.stderr


def test_the_commands_do_as_the_project_says(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.capnweb-gen]\nwire-case = "camel"\n')
    (tmp_path / "api.py").write_text(_NEW.replace("add", "add_up"))
    assert run("api.py", cwd=tmp_path).returncode == 0
    done = run("breaking", "api.py", "--against", "api_rpc/contract.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "add_up(a: int, b: int = 2) -> int  # on the wire: addUp"
        in run("describe", "api.py", cwd=tmp_path).stdout
    )
