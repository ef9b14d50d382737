"""No text of the user's becomes TypeScript, nor Python."""

import ast
import json

from hypothesis import given
from hypothesis import strategies as st

from capnweb_gen.importer.text import docstring
from capnweb_gen.importer.text import literal as python_literal
from capnweb_gen.typescript.text import jsdoc, key, literal, parameter, type_name

_ENDINGS = list("*/\\\"'@\n\r\t`${}x \u2028")

hostile = st.text(st.sampled_from(_ENDINGS) | st.characters(), max_size=30)


@given(hostile, st.none() | hostile)
def test_a_comment_stays_one(text: str, deprecated: str | None) -> None:
    made = "\n".join(jsdoc(text, deprecated, 1))
    if made:
        assert made.strip().startswith("/**")
        assert made.index("*/") == len(made) - 2
        tags = [line for line in made.splitlines() if line.strip().startswith(("* @", "/** @"))]
        assert len(tags) == (deprecated is not None)


@given(hostile)
def test_a_literal_reads_as_its_text(text: str) -> None:
    assert json.loads(literal(text)) == text
    assert literal(text).isprintable()


@given(hostile)
def test_a_key_reads_as_its_name(name: str) -> None:
    made = key(name)
    assert made == name or json.loads(made) == name
    assert made.isprintable()


def test_names_that_mean_something_get_a_line_behind_them() -> None:
    assert parameter("function") == "function_"
    assert parameter("new", ["new_"]) == "new__"
    assert type_name("string") == "string_"
    assert type_name("Date") == "Date"


@given(hostile)
def test_a_docstring_of_an_import_is_one(text: str) -> None:
    made = docstring(text, 1)
    if made:
        module = ast.parse("class C:\n" + "\n".join(made))
        [node] = module.body
        assert isinstance(node, ast.ClassDef)
        assert len(node.body) == 1
        assert ast.get_docstring(node) is not None


@given(hostile)
def test_a_python_literal_reads_as_its_text(text: str) -> None:
    assert ast.literal_eval(python_literal(text)) == text
