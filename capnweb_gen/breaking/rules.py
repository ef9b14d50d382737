"""The rules: what may not be changed, and along which axis that breaks something.

Who is broken is always one of two: a client that was made from the previous contract, when it meets
a server of the current one (wire); or the source of such a client, when it is checked against what
is generated now (python, ts). A capability that the client gave the server is called by it, so that
for that both have changed places; docs/breaking.md has an example of each rule.
"""

from enum import Enum
from typing import Final, NamedTuple

__all__ = ["RULES", "Axis", "Rule"]


class Axis(Enum):
    """What a change can break."""

    WIRE = "wire"
    PYTHON = "python"
    TS = "ts"


class Rule(NamedTuple):
    """What may not be done.

    Attributes:
        name: in words.
        axes: where it breaks something.
        fix: what to do instead.
    """

    name: str
    axes: frozenset[Axis]
    fix: str


_W, _P, _T = Axis.WIRE, Axis.PYTHON, Axis.TS


def _rule(name: str, fix: str, *axes: Axis) -> Rule:
    return Rule(name, frozenset(axes), fix)


RULES: Final[dict[str, Rule]] = {
    "CW501": _rule("INTERFACE_NO_DELETE", "keep it until nobody uses it", _W, _P, _T),
    "CW502": _rule("MEMBER_NO_DELETE", "keep it, marked as @deprecated", _W, _P, _T),
    "CW503": _rule("MEMBER_SAME_KIND", "give the new one another name", _W, _P, _T),
    "CW504": _rule("MEMBER_SAME_WIRE_NAME", "keep its name on the wire", _W, _T),
    "CW505": _rule(
        "NO_NEW_MEMBER_IN_ARGUMENT",
        "take another interface in a new parameter or method, and keep this one",
        _W,
        _P,
        _T,
    ),
    "CW506": _rule("TYPE_NO_DELETE", "keep the name, as an alias if need be", _P, _T),
    "CW507": _rule("BASE_NO_DELETE", "keep extending it", _P),
    "CW510": _rule("PARAM_NO_DELETE", "keep the parameter, and ignore it", _W, _P, _T),
    "CW511": _rule("PARAM_SAME_POSITION", "put new parameters last, with a default", _W, _P, _T),
    "CW512": _rule("PARAM_SAME_NAME", "keep the name, or make it positional-only first", _P),
    "CW513": _rule("PARAM_NO_NEW_REQUIRED", "give it a default", _W, _P, _T),
    "CW514": _rule("PARAM_SAME_DEFAULT", "expect callers that rely on the former one", _W),
    "CW515": _rule("ARGUMENT_NOT_NARROWED", "keep taking what was taken", _W, _P, _T),
    "CW516": _rule("IDEMPOTENT_NO_REMOVE", "keep repeated calls harmless", _W),
    "CW520": _rule("RESULT_NOT_WIDENED", "give it from a new method", _W, _P, _T),
    "CW521": _rule("RESULT_SAME_NULLABILITY", "give None from a new method", _W, _P, _T),
    "CW530": _rule("FIELD_NO_DELETE", "keep sending it", _W, _P, _T),
    "CW531": _rule("FIELD_NO_NEW_REQUIRED", "give it a default", _W, _P, _T),
    "CW532": _rule("FIELD_SAME_WIRE_NAME", "keep its name on the wire, as an alias", _W, _T),
    "CW533": _rule("FIELD_SAME_TYPE", "add a field of the new type", _W, _P, _T),
    "CW534": _rule("NO_NEW_FIELD_IN_CLOSED", 'have it ignore others first, not extra="forbid"', _W),
    "CW540": _rule("VALUE_NO_DELETE", "keep taking the value", _W, _P, _T),
    "CW541": _rule("NO_NEW_VALUE_IN_RESULT", "give it from a new method", _W, _P, _T),
    "CW542": _rule("UNION_SAME", "keep the alternatives, or use a new method", _W, _P, _T),
    "CW550": _rule("VALUE_STAYS_VALUE", "give it in a new method or field", _W, _P, _T),
    "CW551": _rule("STREAM_STAYS_STREAM", "give it in a new method or field", _W, _P, _T),
    "CW553": _rule("DEPRECATED_BEFORE_DELETE", "mark it as @deprecated for a release", _W, _P, _T),
}
