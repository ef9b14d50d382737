"""The configuration: what is read, and where; jobs; what the command line says instead."""

from pathlib import Path
from typing import Any

import pytest

from capnweb_gen.diagnostics import CODES, Report, Severity, Span
from capnweb_gen.ir import WireCase
from capnweb_gen.project import Job, Settings, Work, plan_work
from capnweb_gen.project.places import TomlText
from tests.generator.test_command import run

_API = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
    async def then(self) -> int: ...
"""


_MORE = """
from typing import Protocol


class More(Protocol):
    async def base(self) -> Base: ...
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def configure(text: str, *names: str) -> None:
    Path("pyproject.toml").write_text(text, encoding="utf-8")
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(_API)


def plan(*files: str, **options: Any) -> tuple[Work | None, list[str]]:
    report = Report()
    said = Settings.of(**{key: options.pop(key) for key in set(options) & {"output", "wire_case"}})
    work = plan_work([Path(file) for file in files], said, report, **options)
    return work, [found.code for found in report.diagnostics]


def jobs(*files: str, **options: Any) -> list[Job]:
    work, codes = plan(*files, **options)
    assert codes == []
    assert work is not None
    return list(work.jobs)


def sources(job: Job) -> list[str]:
    return [path.relative_to(Path.cwd()).as_posix() for path in job.sources]


def chosen(job: Job) -> list[str]:
    return [source for source in sources(job) if job.generates(Path(source).absolute())]


def test_patterns_are_sorted_and_each_file_counts_once() -> None:
    configure(
        '[tool.capnweb-gen]\nsources = ["b/api.py", "*/api.py", "**/more.py"]',
        "b/api.py",
        "c/api.py",
        "a/api.py",
        "a/deep/more.py",
    )
    [job] = jobs()
    assert sources(job) == ["b/api.py", "a/api.py", "c/api.py", "a/deep/more.py"]


def test_the_nearest_table_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    configure('[tool.capnweb-gen]\nsources = ["api.py"]', "api.py", "inner/deep/own.py")
    Path("inner/pyproject.toml").write_text("[project]\nname = 'inner'\n")  # has no such table
    monkeypatch.chdir("inner/deep")
    work, codes = plan()
    assert codes == []
    assert work is not None
    assert [path.name for path in work.jobs[0].sources] == ["api.py"]


def test_files_are_looked_up_from_where_they_are(tmp_path: Path) -> None:
    configure('[tool.capnweb-gen]\nwire-case = "camel"', "project/api.py")
    Path("pyproject.toml").rename("project/pyproject.toml")
    [job] = jobs("project/api.py")
    assert job.settings.wire_case is WireCase.CAMEL
    assert job.output is None


def test_a_job_comes_before_the_base_and_the_command_line_before_both() -> None:
    configure(
        """
[tool.capnweb-gen]
sources = ["a.py"]
output = "base"
ignore = ["CW305"]
[tool.capnweb-gen.names]
"a:Api.add" = "plus"
[tool.capnweb-gen.jobs.one]
output = "one"
ignore = []
names = {"a:Api.then" = "after"}
[tool.capnweb-gen.jobs.two]
sources = ["b.py"]
wire-case = "camel"
""",
        "a.py",
        "b.py",
    )
    one, two = jobs()
    assert (sources(one), sources(two)) == (["a.py"], ["b.py"])
    assert (one.output, two.output) == (Path("one").absolute(), Path("base").absolute())
    assert (one.settings.ignore, two.settings.ignore) == ([], ["CW305"])
    assert one.settings.names == {"a:Api.add": "plus", "a:Api.then": "after"}
    assert (one.settings.wire_case, two.settings.wire_case) == (WireCase.SAME, WireCase.CAMEL)

    said = str(Path("said").absolute())
    assert {job.output for job in jobs(output=said)} == {Path("said").absolute()}
    assert {job.settings.wire_case for job in jobs(wire_case=WireCase.SAME)} == {WireCase.SAME}


def test_files_are_generated_as_their_jobs_say() -> None:
    configure(
        """
[tool.capnweb-gen.jobs.one]
sources = ["a.py", "b.py"]
output = "one"
[tool.capnweb-gen.jobs.two]
sources = ["b.py"]
output = "two"
""",
        "a.py",
        "b.py",
        "c.py",
    )
    found = [(chosen(job), job.output and job.output.name) for job in jobs("b.py", "c.py")]
    assert found == [(["b.py"], "one"), (["b.py"], "two"), (["c.py"], None)]
    assert sources(jobs("b.py")[0]) == ["a.py", "b.py"]  # which know of each other
    assert [sources(job) for job in jobs(job="two")] == [["b.py"]]
    assert plan(job="three") == (None, ["CW804"])
    assert plan("a.py", job="three") == (None, ["CW804"])
    [one] = jobs("a.py", job="two")
    assert (sources(one), one.output) == (["a.py"], Path("two").absolute())


def test_two_jobs_need_two_folders_if_they_differ() -> None:
    base = '[tool.capnweb-gen]\nsources = ["api.py"]\nignore = ["CW305"]\n'
    jobs_of_one = f"{base}[tool.capnweb-gen.jobs]\n"
    configure(f"{jobs_of_one}one = {{}}\ntwo = {{}}", "api.py")
    assert run(cwd=Path.cwd()).returncode == 0
    configure(f'{jobs_of_one}one = {{}}\ntwo = {{wire-case = "camel"}}')
    done = run(cwd=Path.cwd())
    assert done.returncode == 2
    assert "error CW908: two files or jobs" in done.stderr


def test_without_a_configuration_files_are_needed() -> None:
    configure("", "api.py")
    assert plan() == (None, ["CW804"])
    assert [sources(job) for job in jobs("api.py")] == [["api.py"]]


def test_a_file_that_is_named() -> None:
    configure('[tool.capnweb-gen]\nsources = ["nowhere.py"]', "api.py")
    Path("other.toml").write_text('[tool.capnweb-gen]\nsources = ["api.py"]')
    assert [sources(job) for job in jobs(config=Path("other.toml"))] == [["api.py"]]
    assert plan(config=Path("none.toml"))[1] == ["CW803"]
    Path("empty.toml").write_text("[tool]")
    assert plan(config=Path("empty.toml"))[1] == ["CW803"]
    Path("latin.toml").write_bytes('name = "ö"'.encode("latin-1"))
    assert plan(config=Path("latin.toml"))[1] == ["CW803"]


def test_findings_are_as_bad_as_the_project_says() -> None:
    configure('[tool.capnweb-gen]\nsources = ["api.py"]', "api.py")
    here = Path.cwd()
    assert "warning CW305" in run(cwd=here).stderr
    with Path("pyproject.toml").open("a") as file:
        file.write('\nseverity = {CW305 = "error"}\n')
    done = run("check", cwd=here)
    assert done.returncode == 2
    assert "error CW305" in done.stderr
    configure('[tool.capnweb-gen]\nsources = ["api.py"]\nignore = ["CW305"]')
    done = run("check", cwd=here)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_no_error_can_be_taken_back_but_what_breaks() -> None:
    for code, (severity, _) in CODES.items():
        is_kept = severity is Severity.ERROR and not code.startswith("CW5")
        configure(f'[tool.capnweb-gen]\nsources = ["api.py"]\nignore = ["{code}"]', "api.py")
        codes = plan()[1]
        assert codes == (["CW802"] if is_kept else [])


def test_packages_of_a_job_use_each_other_whichever_is_generated() -> None:
    for name, text in {
        "shop/__init__.py": "",
        "shop/base.py": _API.replace("Api", "Base").replace("then", "thus"),
        "shop/more.py": "from shop.base import Base\n" + _MORE,
        "src/rpc/__init__.py": "",
        "src/__init__.py": "",
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    Path("pyproject.toml").write_text(
        '[tool.capnweb-gen]\nsources = ["shop/[bm]*.py"]\noutput = "src/rpc"\n'
    )
    done = run("shop/more.py", cwd=Path.cwd())
    assert (done.returncode, done.stderr) == (0, "")
    assert packages() == ["more_rpc"]
    before = Path("src/rpc/more_rpc/client.py").read_bytes()
    assert b"import src.rpc.base_rpc as " in before
    assert run(cwd=Path.cwd()).returncode == 0
    assert packages() == ["base_rpc", "more_rpc"]
    assert Path("src/rpc/more_rpc/client.py").read_bytes() == before
    assert run("check", "shop/more.py", cwd=Path.cwd()).returncode == 0
    assert run("scaffold", "shop/more.py", cwd=Path.cwd()).returncode == 0
    written = Path("shop/more_server.py").read_text()
    assert "from src.rpc.base_rpc import BaseTarget\n" in written
    assert "async def base(self) -> BaseTarget:" in written


def test_contracts_are_compared_by_the_names_of_the_configuration() -> None:
    configure(
        '[tool.capnweb-gen]\nsources = ["api.py"]\nwire-case = "camel"\nignore = ["CW305"]\n'
        'names = {"api:Api.add" = "plus"}\n'
    )
    Path("api.py").write_text(_API.replace("then", "and_then"))
    here = Path.cwd()
    assert run(cwd=here).returncode == 0
    done = run("breaking", "api.py", "--against", "api_rpc/contract.json", cwd=here)
    assert (done.returncode, done.stdout) == (0, "api.py: nothing breaks\n")
    shown = run("describe", "api.py", "--json", cwd=here).stdout
    assert shown == Path("api_rpc/contract.json").read_text()
    done = run(
        "breaking", "api.py", "--against", "api_rpc/contract.json", "--wire-case", "same", cwd=here
    )
    assert done.returncode == 1
    assert "andThen" in done.stderr


def packages() -> list[str]:
    return sorted(path.parent.name for path in Path("src/rpc").glob("*/client.py"))


# ---- where a key stands

_TEXT = '''
# [tool.x] key = 1
[tool]
x = {a = 1, "b c" = [10, 20]}

[tool.y]
text = """
key = 1
"""
key = [
  # a comment
  "one",
  "two",   # "three" is not here
]
deep.er = 1

[[list]]
a = 1
[[list]]
a = 2
'''


@pytest.mark.parametrize(
    ("keys", "line", "text"),
    [
        (["tool"], 3, "tool"),
        (["tool", "x"], 4, "x"),
        (["tool", "x", "b c"], 4, "b c"),
        (["tool", "y"], 6, "y"),
        (["tool", "y", "text"], 7, "text"),
        (["tool", "y", "key"], 10, "key"),
        (["tool", "y", "key", 1], 13, "two"),
        (["tool", "y", "deep", "er"], 15, "er"),
        (["list", 1, "a"], 20, "a"),
        (["tool", "y", "nothing"], 6, "y"),
    ],
)
def test_the_place_of_a_key(keys: list[str | int], line: int, text: str) -> None:
    span = TomlText(Path("x.toml"), _TEXT).place(keys)
    assert span.line == line
    assert _TEXT.split("\n")[line - 1][span.col - 1 : span.end_col - 1] == text


def test_the_place_of_what_is_not_there() -> None:
    assert TomlText(Path("x.toml"), "").place(["tool"]) == Span("x.toml", 1, 1, 1, 1)


def test_packages_without_fakes(tmp_path: Path) -> None:
    configure('[tool.capnweb-gen]\nsources = ["api.py"]\n', "api.py")
    assert run(cwd=tmp_path).returncode == 0
    assert Path("api_rpc/fake.py").exists()
    configure('[tool.capnweb-gen]\nsources = ["api.py"]\nfakes = false\n')
    assert run(cwd=tmp_path).returncode == 0
    assert not Path("api_rpc/fake.py").exists()
    assert Path("api_rpc/server.py").exists()
