"""The intermediate model: what the user's interfaces mean, free of how they were written.

Frozen values in a fixed order. Frontends make them (today the loader, from Python sources), and
everything later reads nothing else. Spans ride along for diagnostics; they count for neither
equality nor JSON.
"""

from capnweb_gen.ir.contract import (
    Contract,
    Default,
    Field,
    Interface,
    Member,
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    Surroundings,
    TypeDef,
    TypeKind,
    WireCase,
    in_order,
    substitute_in,
)
from capnweb_gen.ir.digest import Digests, digests_of
from capnweb_gen.ir.heritage import Heritage
from capnweb_gen.ir.names import (
    Generated,
    attribute_of,
    captures,
    export_name,
    filled_interfaces,
    generated_names,
    is_name,
)
from capnweb_gen.ir.overrides import objection
from capnweb_gen.ir.parse import parse_contract
from capnweb_gen.ir.plain import Plain, filled
from capnweb_gen.ir.serialize import FORMAT, contract_json
from capnweb_gen.ir.subtypes import differs
from capnweb_gen.ir.text import shown
from capnweb_gen.ir.together import together
from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Constraint,
    Dict,
    Func,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Ref,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    Variance,
    bare,
    children,
    nothing,
    substitute,
    variables,
    walk,
)
from capnweb_gen.ir.words import words_of

__all__ = [
    "FORMAT",
    "Cap",
    "Constrained",
    "Constraint",
    "Contract",
    "Default",
    "Dict",
    "Digests",
    "Field",
    "Func",
    "Generated",
    "Heritage",
    "Interface",
    "List",
    "Literal",
    "LiteralValue",
    "Member",
    "Method",
    "Named",
    "Optional",
    "Param",
    "ParamKind",
    "Plain",
    "Property",
    "Ref",
    "Scalar",
    "Signature",
    "Stream",
    "Surroundings",
    "Tuple",
    "Type",
    "TypeDef",
    "TypeKind",
    "Union",
    "Var",
    "Variance",
    "WireCase",
    "attribute_of",
    "bare",
    "captures",
    "children",
    "contract_json",
    "differs",
    "digests_of",
    "export_name",
    "filled",
    "filled_interfaces",
    "generated_names",
    "in_order",
    "is_name",
    "nothing",
    "objection",
    "parse_contract",
    "shown",
    "substitute",
    "substitute_in",
    "together",
    "variables",
    "walk",
    "words_of",
]
