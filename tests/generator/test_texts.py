"""No text of the user's becomes code."""

import ast
import inspect
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capnweb_gen import generate
from capnweb_gen.plan import docstring, literal

#: Text with what ends a literal, or begins an escape, more often than by chance.
hostile = st.text(st.sampled_from(list("\"'\\\n\r\t {}%#NxuU0")) | st.characters(), max_size=30)


@given(hostile, st.integers(0, 2))
@example("\nTitle\n    indented", 1)
def test_a_docstring_reads_as_its_text(text: str, depth: int) -> None:
    cleaned = inspect.cleandoc(text).strip()
    made = docstring(cleaned, depth)
    if not cleaned:
        assert made == ""
        return
    source = "".join("    " * level + "class C:\n" for level in range(depth)) + made
    node: ast.Module | ast.ClassDef = ast.parse(source)
    for _ in range(depth):
        [inside] = node.body
        assert isinstance(inside, ast.ClassDef)
        node = inside
    assert [type(statement) for statement in node.body] == [ast.Expr]
    written = ast.get_docstring(node)
    assert written is not None
    # What counts as space around a docstring differs between versions of Python.
    assert [line.rstrip() for line in written.strip().split("\n")] == [
        line.rstrip() for line in cleaned.split("\n")
    ]


@given(hostile)
def test_a_literal_reads_as_its_text(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    assert "\n" not in literal(text)


def test_templates_only_loop_and_branch() -> None:
    folder = Path(__file__).parents[2] / "templates"
    for template in folder.iterdir():
        text = template.read_text()
        for forbidden in ("{% set", "|", "{% call", "{% filter"):
            assert forbidden not in text, f"{template.name} decides something: {forbidden}"


def test_the_golden_of_hostile_texts_keeps_them() -> None:
    case = Path(__file__).parent / "cases/good/texts"
    texts = _docs(ast.parse((case / "texts.py").read_text()))
    made = _docs(ast.parse((case / "expected/client.py").read_text()))
    for name in ("quotes", "backslash", "lines", "code", "indented"):
        assert made[name] == texts[name]
    contract = json.loads((case / "expected/contract.json").read_text())
    members = contract["interfaces"]["texts:Texts"]["members"]
    assert members["backslash"]["doc"] == texts["backslash"]


def _docs(tree: ast.Module) -> dict[str, str | None]:
    return {
        node.name: ast.get_docstring(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@settings(max_examples=5)  # a module of many each time: reading one takes a process
@given(defaults=st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=50))
def test_no_default_is_generated(
    tmp_path_factory: pytest.TempPathFactory, defaults: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("defaults")
    source = folder / "api.py"
    methods = [
        f"    async def f{index}(self, a: str = {default!r}) -> None: ...\n"
        for index, default in enumerate(defaults)
    ]
    text = "from typing import Protocol\n\n\nclass Api(Protocol):\n" + "".join(methods)
    source.write_text(text, encoding="utf-8")
    result = generate(source)
    assert result.package is not None
    client = (result.package / "client.py").read_text(encoding="utf-8")
    contract = json.loads((result.package / "contract.json").read_text(encoding="utf-8"))
    members = contract["interfaces"]["api:Api"]["members"]
    for index, default in enumerate(defaults):
        assert f"def f{index}(self, a: _r.Arg[_b.str] = _r.UNSET) -> _r.Promise[None]:" in client
        assert ast.literal_eval(members[f"f{index}"]["params"][0]["default"]) == default
