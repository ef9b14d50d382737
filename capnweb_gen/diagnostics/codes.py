"""The registry of diagnostic codes.

A code never changes its meaning. Each has a golden case in tests/generator/cases and a section in
docs/diagnostics.md, or docs/breaking.md for CW5xx; a test compares the three.

    CW0xx  reading the user's modules
    CW1xx  the shape of an interface
    CW2xx  types
    CW3xx  names
    CW5xx  what breaks clients of a former version
    CW6xx  TypeScript that is imported
    CW8xx  the configuration of a project
    CW9xx  writing the result, and what differs from it
"""

from enum import Enum
from typing import Final, NamedTuple

__all__ = ["CODES", "Code", "Severity", "can_be_ignored", "is_of_breaking"]


class Severity(Enum):
    """How bad it is. Only an error keeps code from being generated."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """A kind of diagnostic: how bad it is, and what it is about in a few words."""

    severity: Severity
    title: str


def _error(title: str) -> Code:
    return Code(Severity.ERROR, title)


def _warning(title: str) -> Code:
    return Code(Severity.WARNING, title)


CODES: Final[dict[str, Code]] = {
    "CW001": _error("source not found"),
    "CW002": _error("import failed"),
    "CW003": _error("unresolved name"),
    "CW004": _error("syntax error"),
    "CW005": _error("no interface found"),
    "CW006": _error("not a module name"),
    "CW007": _error("reading failed"),
    "CW008": _error("contract that cannot be read"),
    "CW009": _error("no former version"),
    "CW010": _warning("comment that ignores nothing"),
    "CW011": _error("no contract from a server"),
    "CW101": _warning("a class that looks like an interface"),
    "CW102": _error("missing annotation"),
    "CW103": _error("method without self"),
    "CW104": _error("stream where there can be none"),
    "CW105": _error("ambiguous trailing argument"),
    "CW106": _error("**kwargs"),
    "CW107": _error("member of the class"),
    "CW108": Code(Severity.NOTE, "read-only over the wire"),
    "CW109": _error("interface without members"),
    "CW110": _error("signatures that cannot be told apart"),
    "CW111": _error("None as the default of a type without None"),
    "CW112": _error("override that does not fit"),
    "CW201": _error("type that cannot travel"),
    "CW202": _error("not an annotation"),
    "CW203": _error("dict key that is no str"),
    "CW204": _error("type argument missing"),
    "CW205": _error("ambiguous union"),
    "CW206": _error("recursion without a name"),
    "CW207": _error("TypedDict of typing before Python 3.12"),
    "CW208": _error("type variable of nobody"),
    "CW209": _error("ParamSpec or TypeVarTuple"),
    "CW210": _error("validator without a name"),
    "CW211": _error("class that cannot be imported by name"),
    "CW212": _error("interface inside a type that cannot hold it"),
    "CW213": _error("written and read under different names"),
    "CW214": _error("enum member that cannot travel"),
    "CW215": _error("condition that no value can be held to"),
    "CW216": _warning("objects of a union that look alike"),
    "CW217": _warning("union of models that hold each other"),
    "CW218": _error("recursion without an end"),
    "CW219": _error("computed field that its model refuses"),
    "CW301": _error("member that nobody can reach"),
    "CW302": _error("key that is dropped on receipt"),
    "CW303": _error("name kept for generated code"),
    "CW304": _error("two generated names are the same"),
    "CW305": _warning("member that JavaScript cannot reach"),
    "CW306": _error("two of one name on the wire"),
    "CW307": _error("inherited under another name"),
    "CW308": _error("name in the configuration"),
    "CW501": _error("interface deleted"),
    "CW502": _error("member deleted"),
    "CW503": _error("method and property exchanged"),
    "CW504": _error("member renamed on the wire"),
    "CW505": _error("new member that objects of old clients lack"),
    "CW506": _error("name of a type deleted"),
    "CW507": _error("base of an interface deleted"),
    "CW510": _error("parameter deleted"),
    "CW511": _error("parameter moved"),
    "CW512": _error("parameter renamed"),
    "CW513": _error("new argument that is required"),
    "CW514": _warning("default changed"),
    "CW515": _error("argument narrowed"),
    "CW516": _error("idempotent no longer"),
    "CW520": _error("result widened"),
    "CW521": _error("result that may be None"),
    "CW530": _error("field deleted"),
    "CW531": _error("field required"),
    "CW532": _error("field renamed on the wire"),
    "CW533": _error("field of another type"),
    "CW534": _error("new field that old clients refuse"),
    "CW540": _error("value taken no longer"),
    "CW541": _error("new value in a result"),
    "CW542": _error("alternatives of a union changed"),
    "CW550": _error("value and reference exchanged"),
    "CW551": _error("stream and value exchanged"),
    "CW553": _warning("deleted without having been deprecated"),
    "CW601": _error("no TypeScript compiler"),
    "CW602": _error("not a TypeScript file"),
    "CW603": _error("TypeScript that cannot be read"),
    "CW604": _error("no interface to import"),
    "CW610": _warning("type that becomes Any"),
    "CW611": _warning("member that is left out"),
    "CW612": _warning("sent as null where it may be left out"),
    "CW801": _error("unknown key"),
    "CW802": _error("value that a key cannot have"),
    "CW803": _error("configuration that cannot be read"),
    "CW804": _error("nothing to generate from"),
    "CW901": _error("not ours to overwrite"),
    "CW902": _error("cannot read or write"),
    "CW903": _error("generated file that was edited"),
    "CW904": _error("file that is no longer generated"),
    "CW905": _error("generated file that is out of date"),
    "CW906": _error("generated file that is missing"),
    "CW907": _error("manifest that cannot be read"),
    "CW908": _error("two sources for one file"),
    "CW909": _error("there already"),
}


def can_be_ignored(code: str) -> bool:
    """Whether a diagnostic can be taken back: what is generated does not depend on it."""
    return CODES[code].severity is not Severity.ERROR or is_of_breaking(code)


def is_of_breaking(code: str) -> bool:
    """Whether a diagnostic is found by a comparison of versions, not in one of them."""
    return code.startswith("CW5")
