"""Diagnostics in all their forms, and comments that take them back."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from capnweb_gen.diagnostics import (
    CODES,
    Diagnostic,
    Excerpts,
    Span,
    as_github,
    as_json,
    render,
    section,
    takes_colours,
    without_ignored,
)
from tests.generator.test_command import run

_SOURCE = """\
def one(
    first,
    second,
    third,
    fourth,
): ...
\tx = "漢字"; bad
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    path = tmp_path / "api.py"
    path.write_text(_SOURCE, encoding="utf-8")
    return str(path)


def found(file: str, *place: int, code: str = "CW305", message: str = "wrong") -> Diagnostic:
    return Diagnostic(code, message, Span(file, *place), "right it", ("a note",))


# ---- for people


def test_several_lines_are_shown_with_carets(file: str) -> None:
    text = render(found(file, 2, 5, 3, 11), Excerpts())
    assert text == (
        "api.py:2:5: warning CW305: wrong\n"
        "        first,\n"
        "        ^^^^^^\n"
        "        second,\n"
        "        ^^^^^^\n"
        "    a note\n"
        "    fix: right it"
    )


def test_the_middle_of_many_lines_is_left_out(file: str) -> None:
    text = render(found(file, 1, 5, 6, 2), Excerpts())
    assert text.splitlines()[1:-2] == [
        "    def one(",
        "        ^^^^",
        "        first,",
        "        ^^^^^^",
        "        second,",
        "        ^^^^^^^",
        "    ...",
        "    ): ...",
        "    ^",
    ]


def test_carets_stand_below_wide_characters(file: str) -> None:
    text = render(found(file, 7, 12, 7, 15), Excerpts())
    assert text.splitlines()[1:3] == ['     x = "漢字"; bad', f"    {' ' * 13}^^^"]


@pytest.mark.parametrize("place", [(99, 1, 99, 2), (7, 99, 7, 120), (1, 1, 1, 1)])
def test_places_that_are_not_there_do_no_harm(file: str, place: tuple[int, ...]) -> None:
    assert render(found(file, *place), Excerpts()).endswith("fix: right it")
    assert render(found("gone.py", *place), Excerpts()).endswith("fix: right it")


def test_colours_are_only_added(file: str) -> None:
    diagnostic = found(file, 1, 5, 1, 8)
    painted = render(diagnostic, Excerpts(), colours=True)
    assert "\x1b[1;33mwarning CW305:\x1b[0m wrong" in painted
    plain = render(diagnostic, Excerpts())
    for colour in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;33m"):
        painted = painted.replace(colour, "")
    assert painted == plain


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def test_who_takes_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert takes_colours(Terminal())
    assert not takes_colours(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not takes_colours(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not takes_colours(Terminal())


# ---- for programs


def test_json(file: str) -> None:
    [made] = json.loads(as_json([found(file, 1, 5, 1, 8)]))
    assert made == {
        "code": "CW305",
        "severity": "warning",
        "message": "wrong",
        "file": "api.py",
        "line": 1,
        "col": 5,
        "end_line": 1,
        "end_col": 8,
        "fix": "right it",
        "notes": ["a note"],
        "url": "docs/diagnostics.md#cw305-member-that-javascript-cannot-reach",
    }
    assert as_json([]) == "[]"


def test_every_url_leads_to_a_heading(file: str) -> None:
    known: set[str] = set()
    for page in ("docs/diagnostics.md", "docs/breaking.md"):
        for line in (Path(__file__).parents[2] / page).read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                heading = line.removeprefix("## ").strip().lower().replace(" ", "-")
                plain = "".join(c for c in heading if c.isalnum() or c in "-_")
                known.add(f"{page}#{plain}")
    for code in CODES:
        [made] = json.loads(as_json([found(file, 1, 1, 1, 1, code=code)]))
        assert made["url"] in known


def test_github(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path(file).parents[1]))
    folder = Path(file).parent.name
    assert as_github([found(file, 1, 5, 1, 8, message="50% of: a, b\nor c")]) == (
        f"::warning file={folder}/api.py,line=1,endLine=1,col=5,endColumn=8,"
        "title=CW305 member that JavaScript cannot reach::"
        "50%25 of: a, b%0Aor c%0Aa note%0Afix: right it"
    )
    assert ",col=" not in as_github([found(file, 1, 5, 2, 8)])


@given(st.text())
def test_no_text_becomes_a_command(text: str) -> None:
    made = as_github([found(text or "x", 1, 5, 1, 8, message=text)])
    assert len(made.split("\n")) == 1
    assert "\r" not in made
    properties = made.removeprefix("::warning ").partition("::")[0]
    data = made.removeprefix(f"::warning {properties}::")
    restored = data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert restored == f"{text}\na note\nfix: right it"


# ---- on the command line

_WARNED = """
from typing import Protocol


class Api(Protocol):
    async def map(self) -> int: ...
"""


def test_formats_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text(_WARNED)
    done = run("api.py", "--format", "json", cwd=tmp_path)
    assert [each["code"] for each in json.loads(done.stdout)] == ["CW305"]
    assert done.stderr.startswith("api_rpc: wrote ")
    done = run("api.py", "--format", "github", cwd=tmp_path)
    assert done.stdout.startswith("::warning file=api.py,line=6,")
    done = run("api.py", cwd=tmp_path)
    assert done.stdout == "api_rpc: up to date\n"
    assert done.stderr.startswith("api.py:6:15: warning CW305: ")


def test_explain(tmp_path: Path) -> None:
    for code in CODES:
        assert section(code).startswith(f"## {code} {CODES[code].title}\n")
    done = run("explain", "cw203", cwd=tmp_path)
    assert done.stdout == f"{section('CW203')}\n"
    assert run("explain", "203", cwd=tmp_path).stdout == done.stdout
    done = run("explain", "CW90l", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("There is no CW90l: did you mean CW90")
    assert "`capnweb-gen explain` lists all" in run("explain", "nonsense", cwd=tmp_path).stderr
    done = run("explain", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == len(CODES)


# ---- taking back


def left_of(folder: Path, text: str, *diagnostics: tuple[str, int, int]) -> list[str]:
    """What is left of diagnostics (code, first and last line), as "code:line"."""
    file = folder / "api.py"
    file.write_text(text, encoding="utf-8")
    made = [found(str(file), first, 1, last, 2, code=code) for code, first, last in diagnostics]
    return [f"{each.code}:{each.span.line}" for each in without_ignored(made, [file])]


def test_a_comment_takes_back_what_is_on_its_line(tmp_path: Path) -> None:
    text = "x = 1  # capnweb: ignore[CW305]\nx = 2\n"
    assert left_of(tmp_path, text, ("CW305", 1, 1), ("CW305", 2, 2)) == ["CW305:2"]


def test_several_codes_and_other_comments(tmp_path: Path) -> None:
    text = "x = 1  # noqa: E1 # capnweb: ignore[CW305, CW108] because\n"
    assert left_of(tmp_path, text, ("CW305", 1, 1), ("CW108", 1, 1), ("CW101", 1, 1)) == ["CW101:1"]


def test_a_comment_above_counts_for_the_next_line_of_code(tmp_path: Path) -> None:
    text = (
        "# capnweb: ignore[CW305]\n# More.\n\nclass A:\n    # capnweb: ignore[CW108]\n    x = 1\n"
    )
    assert left_of(tmp_path, text, ("CW305", 4, 4), ("CW108", 6, 6)) == []


def test_any_line_of_a_place_will_do(tmp_path: Path) -> None:
    text = "x = [\n    1,  # capnweb: ignore[CW305]\n]\n"
    assert left_of(tmp_path, text, ("CW305", 1, 3)) == []


def test_an_error_stays(tmp_path: Path) -> None:
    text = "x = 1  # capnweb: ignore[CW201]\n"
    assert left_of(tmp_path, text, ("CW201", 1, 1)) == ["CW201:1", "CW010:1"]


def test_what_breaks_can_be_ignored(tmp_path: Path) -> None:
    text = "x = 1  # capnweb: ignore[CW502]\ny = 2  # capnweb: ignore[CW503]\n"
    # Whether there is a CW503 depends on what is compared.
    assert left_of(tmp_path, text, ("CW502", 1, 1), ("CW501", 1, 1)) == ["CW501:1"]


def test_a_string_is_no_comment(tmp_path: Path) -> None:
    text = 'x = "# capnweb: ignore[CW305]"\n'
    assert left_of(tmp_path, text, ("CW305", 1, 1)) == ["CW305:1"]


@pytest.mark.parametrize(
    "text", ["x = (  # capnweb: ignore[CW305]\n", "x = ''' # capnweb: ignore[CW305]\n"]
)
def test_a_file_that_is_no_python_takes_nothing_back(tmp_path: Path, text: str) -> None:
    assert left_of(tmp_path, text, ("CW305", 1, 1)) == ["CW305:1"]


def test_other_files_may_take_back_but_are_not_told_of(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("x = 1  # capnweb: ignore[CW305]\ny = 2  # capnweb: ignore[CW305]\n")
    assert without_ignored([found(str(other), 1, 1, 1, 2)], []) == []
