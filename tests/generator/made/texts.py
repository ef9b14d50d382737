"""Names and texts that would like to be something else."""

import keyword
import unicodedata
from typing import Final

from hypothesis import strategies as st
from pydantic import BaseModel

from capnweb_runtime.wire.expressions import RESERVED_KEYS

__all__ = [
    "CANARY",
    "class_names",
    "encodable",
    "field_names",
    "member_names",
    "parameter_names",
    "texts",
]

#: What a text sets if it is ever executed: no module of this name exists.
CANARY: Final = "capnweb_canary"

_EXECUTED: Final = f"__import__({CANARY!r})"

#: Parts of texts that end a literal, begin an escape, or mean something to a template or comment.
_PARTS: Final = (
    '"', '"""', "'", "'''", "\\", "\n", "\r", "\t", "\\n", "\\N{DIGIT ONE}", "\\x", "\\u12", "#",
    "{", "}", "{{ 7 * 7 }}", "{% raw %}", "{# ", "%s", "%(a)s", "${a}", "*/", "/*", "//", "`",
    "-->", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff",
    "\ud800", "\U0001f600", f'"""\n{_EXECUTED}\n"""', f"'''\n{_EXECUTED}\n'''",
    f'" + {_EXECUTED} + "', f"' + {_EXECUTED} + '", f"\n{_EXECUTED}\n", f"\r{_EXECUTED}#",
    f"{{{{ {_EXECUTED} }}}}", f"*/ {_EXECUTED} /*", f"\\\n{_EXECUTED}",
)  # fmt: skip

texts: st.SearchStrategy[str] = st.lists(
    st.sampled_from(_PARTS) | st.text(max_size=8), max_size=5
).map("".join)

#: Those that can travel: JSON has no lone surrogates.
encodable = texts.map(lambda text: text.encode(errors="replace").decode())

_BUILTIN: Final = (
    "list", "int", "str", "dict", "print", "property", "type", "object", "bool", "float", "bytes",
    "isinstance", "len", "super", "NotImplementedError", "Exception", "staticmethod", "tuple",
)  # fmt: skip
_OURS: Final = (
    "args", "kwargs", "cls", "hook", "shape", "path", "name", "promise", "stub", "target", "fake",
    "value", "values", "options", "params", "param", "method", "methods", "getter", "client",
    "server", "call", "calls", "returns", "does", "raises", "yields", "dup", "dispose",
    "on_broken", "of", "some", "item0", "result", "members", "interface", "session", "default",
    "send", "receive", "module", "rpc",
)  # fmt: skip
_ODD: Final = (
    "class_", "from_", "None_", "async_", "await_", "match", "case", "type", "x__", "a__b",
    "annotations", "ﬁeld", "ªb", "𝐛𝐨𝐥𝐝", "µ", "ünïcode", "größe", "名前", "اسم", "e\u0301", "ℌ",
    "x1", "X", "ALL_CAPS", "camelCase", "HTTPServer2", "mro", "format", "index", "count", "keys",
    "items", "copy", "json", "dict", "fields", "get", "pop", "append", "encode", "model", "schema",
    "validate", "close", "open", "self_",
)  # fmt: skip

#: What generated code calls its own, or what nobody could reach: refused with a diagnostic.
_REFUSED: Final = (
    "_r",
    "_b",
    "_s",
    "_t",
    "_api",
    "_c",
    "_srv",
    "_f",
    "_item",
    "_promise",
    "_s_User",
    "_T_P",
)


def _identifier(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(unicodedata.normalize("NFKC", text))


_letters = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nl"]), min_size=1, max_size=4)

names: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(_BUILTIN),
    st.sampled_from(_OURS),
    st.sampled_from(_ODD),
    _letters.filter(_identifier),
)

_UNREACHABLE: Final = RESERVED_KEYS | {"catch", "finally", "map", "onRpcBroken", "then"}


def _is_member(name: str) -> bool:
    return unicodedata.normalize("NFKC", name) not in _UNREACHABLE


#: Of methods and properties.
member_names = names.filter(_is_member)

#: Of parameters; one in some thirty is refused.
parameter_names: st.SearchStrategy[str] = st.integers(0, 30).flatmap(
    lambda number: member_names if number else st.sampled_from(_REFUSED)
)


def _is_field(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name)
    return not hasattr(BaseModel, plain) and not plain.startswith("model_") and _is_member(name)


field_names = names.filter(_is_field)

class_names = st.one_of(
    st.sampled_from(
        ("User", "Api", "UserPromise", "Stub", "Promise", "Target", "Fake", "Protocol")
    ),
    st.sampled_from(
        ("int", "str", "list", "Any", "BaseModel", "Interface", "Shape", "Ünïcode", "ﬁ", "名")
    ),
    names,
)
