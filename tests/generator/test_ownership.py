"""Whose a file is: only what was generated and is unmodified is overwritten or deleted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from capnweb_gen import check, generate
from capnweb_gen.api import generate_work
from capnweb_gen.diagnostics import Report
from capnweb_gen.project import MANIFEST, Kind, Settings, plan_work

_API = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
"""


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    path = tmp_path / "api.py"
    path.write_text(_API)
    return path


@pytest.fixture(name="package")
def _package(source: Path) -> Path:
    package = generate(source).package
    assert package is not None
    return package


def change(source: Path) -> None:
    source.write_text(source.read_text().replace("add", "sub"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kinds(source: Path) -> dict[str, Kind]:
    return {each.path.name: each.kind for each in check(source).changes}


def codes(source: Path, *, force: bool = False) -> list[str]:
    return [found.code for found in generate(source, force=force).diagnostics]


def append(path: Path, text: str = "# mine\n") -> None:
    with path.open("a") as file:
        file.write(text)


def list_as_ours(package: Path, name: str) -> None:
    """Have the manifest list one more file, as if an earlier version had generated it."""
    generate(package.parent / "api.py")
    manifest = json.loads((package / MANIFEST).read_text())
    entry = manifest["modules"]["api"]["files"]
    entry[name] = entry["server.py"]
    (package / name).write_bytes((package / "server.py").read_bytes())
    (package / MANIFEST).write_text(json.dumps(manifest))


def test_what_is_ours_is_overwritten(source: Path, package: Path) -> None:
    change(source)
    assert codes(source) == []
    assert b"def sub(" in files(package)["client.py"]
    assert kinds(source) == {}


def test_an_edited_file_stops_the_run(source: Path, package: Path) -> None:
    append(package / "client.py")
    change(source)
    before = files(package)
    assert codes(source) == ["CW903"]
    assert files(package) == before
    assert kinds(source)["client.py"] is Kind.EDITED
    assert codes(source, force=True) == []
    assert b"mine" not in files(package)["client.py"]


def test_an_edit_that_is_what_would_be_generated_is_none(source: Path, package: Path) -> None:
    before = files(package)
    change(source)
    generate(source)
    for name in ("client.py", "server.py", "contract.json"):
        (package / name).write_bytes(before[name])
    source.write_text(_API)
    assert codes(source) == []
    assert files(package) == before


def test_a_file_of_somebody_elses_stops_the_run(source: Path, package: Path) -> None:
    manifest = json.loads((package / MANIFEST).read_text())
    del manifest["modules"]["api"]["files"]["client.py"]
    (package / MANIFEST).write_text(json.dumps(manifest))
    change(source)
    assert codes(source) == ["CW901"]
    assert kinds(source)["client.py"] is Kind.FOREIGN
    assert codes(source, force=True) == []


def test_folders_from_before_there_were_manifests_are_taken_over(
    source: Path, package: Path
) -> None:
    (package / MANIFEST).unlink()
    assert kinds(source) == {MANIFEST: Kind.MISSING}
    change(source)
    assert codes(source) == []
    assert (package / MANIFEST).exists()


def test_line_ends_of_a_checkout_do_not_matter(source: Path, package: Path) -> None:
    for path in package.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = files(package)
    assert kinds(source) == {}
    assert generate(source).changed == ()
    assert files(package) == before
    change(source)
    assert codes(source) == []
    assert b"\r" not in files(package)["client.py"]


def test_orphans_are_deleted_unless_they_were_edited(source: Path, package: Path) -> None:
    list_as_ours(package, "gone.py")
    assert kinds(source) == {"gone.py": Kind.ORPHAN, MANIFEST: Kind.OUTDATED}
    result = generate(source)
    assert result.removed == (package / "gone.py",)
    assert not (package / "gone.py").exists()

    list_as_ours(package, "gone.py")
    append(package / "gone.py")
    assert kinds(source)["gone.py"] is Kind.EDITED_ORPHAN
    assert codes(source) == ["CW903"]
    assert (package / "gone.py").exists()
    assert codes(source, force=True) == []
    assert not (package / "gone.py").exists()


def test_what_is_not_listed_is_left_alone(source: Path, package: Path) -> None:
    (package / "mine.py").write_text("mine = True\n")
    change(source)
    assert codes(source, force=True) == []
    assert (package / "mine.py").exists()


def test_a_dry_run_changes_nothing(source: Path, package: Path) -> None:
    list_as_ours(package, "gone.py")
    change(source)
    before = files(package)
    result = generate(source, dry_run=True)
    assert {path.name for path in result.changed} > {"client.py", "server.py"}
    assert result.removed == (package / "gone.py",)
    assert files(package) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "<<<<<<< HEAD\n",
        '{"format": "capnweb-gen-manifest/9", "modules": {}}',
        '{"modules": {"api": {"files": {"../api.py": "sha256:0"}}}}',
        '{"modules": {"api": {"files": {"/etc/passwd": "sha256:0"}}}}',
        '{"modules": {"api": {"files": {"..": "sha256:0"}}}}',
        '{"modules": {"api": {"files": {"client.py": 1}}}}',
    ],
)
def test_a_manifest_that_is_not_ours_stops_the_run(text: str, source: Path, package: Path) -> None:
    (package / MANIFEST).write_text(text)
    if text == "{}":  # lists nothing, and nothing but its own text is out of date
        assert codes(source) == []
        return
    assert codes(source) == ["CW907"]
    assert codes(source, force=True) == []
    assert kinds(source) == {}
    assert source.exists()


def test_the_first_failure_leaves_no_folder_behind(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.chmod
    left = 2

    def chmod(path: Path, mode: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise OSError(28, "No space left on device")
        write(path, mode)

    monkeypatch.setattr(Path, "chmod", chmod)
    assert [found.code for found in generate(source, source.parent / "a/b").diagnostics] == [
        "CW902"
    ]
    assert list(source.parent.iterdir()) == [source]


# ---- of a project


Project = Callable[..., Path]


@pytest.fixture(name="project")
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Writes a configuration and sources, in a project that is the working folder."""

    def write(config: str, *names: str) -> Path:
        (tmp_path / "pyproject.toml").write_text(f"[tool.capnweb-gen]\n{config}\n")
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / name).write_text(_API)
        return tmp_path

    monkeypatch.chdir(tmp_path)
    return write


def run(*paths: str, job: str | None = None) -> list[str]:
    report = Report()
    work = plan_work([Path(path) for path in paths], Settings(), report, job=job)
    assert work is not None, report.diagnostics
    result = generate_work(work)
    assert result.diagnostics == ()
    return sorted(path.relative_to(Path.cwd()).as_posix() for path in result.removed)


def packages(folder: Path) -> list[str]:
    found = sorted(folder.rglob("client.py"))
    return [path.parent.relative_to(folder).as_posix() for path in found]


def test_the_package_of_a_source_that_is_gone_is_cleared_away(project: Project) -> None:
    folder = project('sources = ["*.py"]\noutput = "rpc"', "one.py", "two.py")
    run()
    assert packages(folder) == ["rpc/one_rpc", "rpc/two_rpc"]
    (folder / "rpc/two_rpc/__pycache__").mkdir()
    (folder / "two.py").unlink()
    assert run("one.py") == []
    assert run()[0] == "rpc/two_rpc/.capnweb-gen.json"
    assert not (folder / "rpc/two_rpc").exists()


def test_packages_beside_their_sources_are_cleared_away_when_they_move(project: Project) -> None:
    folder = project('sources = ["one.py"]', "one.py")
    run()
    assert packages(folder) == ["one_rpc"]
    project('sources = ["one.py"]\noutput = "rpc"')
    run()
    assert packages(folder) == ["rpc/one_rpc"]


def test_only_what_the_project_generated_is_cleared_away(project: Project) -> None:
    folder = project('sources = ["one.py"]\noutput = "rpc"', "one.py", "by_hand.py")
    generate(folder / "by_hand.py", folder / "rpc")
    run("by_hand.py")
    other = folder / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text(
        '[tool.capnweb-gen]\nsources = ["two.py"]\noutput = "../rpc"\n'
    )
    (other / "two.py").write_text(_API)
    run("other/two.py")
    assert run() == []
    assert packages(folder) == ["rpc/by_hand_rpc", "rpc/one_rpc", "rpc/two_rpc"]


def test_generating_a_source_by_hand_does_not_take_it_from_its_project(project: Project) -> None:
    folder = project('sources = ["*.py"]\noutput = "rpc"', "one.py", "two.py")
    run()
    assert generate("two.py", "rpc").changed == ()
    (folder / "two.py").unlink()
    run()
    assert packages(folder) == ["rpc/one_rpc"]


def test_an_edited_package_is_not_cleared_away(project: Project) -> None:
    folder = project('sources = ["*.py"]\noutput = "rpc"', "one.py", "two.py")
    run()
    (folder / "two.py").unlink()
    append(folder / "rpc/two_rpc/client.py")
    work = plan_work([], Settings(), Report())
    assert work is not None
    assert [found.code for found in generate_work(work).diagnostics] == ["CW903"]
    assert packages(folder) == ["rpc/one_rpc", "rpc/two_rpc"]
