"""The contract as JSON: what of an interface others may rely on (docs/contract.md).

`contract.json` is committed beside the code, or handed to another team. It holds all that the model
holds but places in the source, in the order of the source, so that what is made from either is the
same; `parse` reads it back. What is empty or false is left out, or may be.
"""

import json
import math
from typing import TypeAlias, assert_never

from capnweb_gen.ir.contract import (
    Contract,
    Default,
    Field,
    Interface,
    Method,
    Param,
    Property,
    Signature,
    TypeDef,
    WireCase,
)
from capnweb_gen.ir.digest import Digests
from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    Literal,
    LiteralValue,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
    Variance,
)

__all__ = ["FORMAT", "Json", "contract_json"]

FORMAT = "capnweb-contract/1"

#: A JSON value.
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


def contract_json(contract: Contract, digests: Digests) -> str:
    """The text of contract.json."""
    members: dict[str, Json] = {
        "format": FORMAT,
        "module": contract.module,
        **_wire_case(contract.wire_case),
        "interfaces": {
            str(ref): {**_interface(interface), "digest": digests.interfaces[ref]}
            for ref, interface in contract.interfaces.items()
        },
        "types": {str(ref): _definition(each) for ref, each in contract.types.items()},
        "digest": digests.whole,
    }
    text = _written(members) + "\n"
    # A lone surrogate, which a docstring may have, has no form but an escape.
    return text.encode(errors="backslashreplace").decode()


#: Writes a value that is neither an object nor an array; fast for text.
_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _written(value: Json, indent: str = "\n") -> str:
    """A value as `json.dumps` writes it with an indentation of two, in a third of the time."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        members = [f"{_encoded(key)}: {_written(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{indent}}}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and value:
        items = [_written(each, inner) for each in value]
        return f"[{inner}{f',{inner}'.join(items)}{indent}]"
    return _encoded(value)


def _interface(interface: Interface) -> dict[str, Json]:
    return {
        **_doc(interface.doc),
        **_params(interface.params),
        "bases": [_type(base) for base in interface.bases],
        "members": {member.wire_name: _member(member) for member in interface.members},
    }


def _member(member: Method | Property) -> Json:
    match member:
        case Property():
            return {"kind": "property", **_said(member), "type": _type(member.type)}
        case Method():
            first, *others = map(_signature, member.signatures)
            overloads: dict[str, Json] = {"overloads": [first, *others]} if others else {**first}
            return {
                "kind": "method",
                **_said(member),
                **overloads,
                **_flag("idempotent", member.idempotent),
            }
        case _:
            assert_never(member)


def _said(member: Method | Property) -> dict[str, Json]:
    """What does not concern the types of a member."""
    deprecated: dict[str, Json] = {"deprecated": member.deprecated} if member.deprecated else {}
    return {**_attribute(member), **_doc(member.doc), **deprecated}


def _signature(signature: Signature) -> dict[str, Json]:
    return {
        **_params(signature.type_params),
        "params": [{"name": param.name, **_param(param)} for param in signature.ordered],
        "options": {
            each.wire_name: {**_attribute(each), **_param(each)} for each in signature.options
        },
        "returns": _type(signature.returns),
    }


def _param(param: Param) -> dict[str, Json]:
    return {"kind": param.kind.value, "type": _type(param.type), **_default(param.default)}


def _default(default: Default | None) -> dict[str, Json]:
    return {"default": default.source} if default else {}


def _definition(definition: TypeDef) -> Json:
    members: dict[str, Json] = {
        "kind": definition.kind.value,
        **_doc(definition.doc),
        **_params(definition.params),
    }
    if definition.is_record:
        if definition.ancestors:
            members["ancestors"] = [str(ref) for ref in sorted(definition.ancestors)]
        members |= _flag("closed", definition.closed)
        members["fields"] = [_field(field) for field in definition.fields]
    if definition.has_values:
        members["values"] = dict(
            zip(definition.names, map(_scalar, definition.values), strict=True)
        )
    if definition.target:
        members["type"] = _type(definition.target)
    return members


def _field(field: Field) -> Json:
    return {
        "name": field.wire_name,
        **_attribute(field),
        "type": _type(field.type),
        "required": field.required,
        **_default(field.default),
    }


def _wire_case(wire_case: WireCase) -> dict[str, Json]:
    return {} if wire_case is WireCase.SAME else {"wire_case": wire_case.value}


def _attribute(part: Method | Property | Param | Field) -> dict[str, Json]:
    """Its name in Python, if that is another than the one on the wire."""
    return {"attribute": part.name} if part.name != part.wire_name else {}


def _doc(doc: str | None) -> dict[str, Json]:
    return {"doc": doc} if doc else {}


def _params(params: tuple[Var, ...]) -> dict[str, Json]:
    return {"type_params": [_variable(param) for param in params]} if params else {}


def _variable(param: Var) -> Json:
    invariant = param.variance is Variance.INVARIANT
    variance: dict[str, Json] = {} if invariant else {"variance": param.variance.value}
    return {
        "var": str(param.ref),
        **variance,
        **_flag("in_brackets", param.in_brackets),
        **_flag("of_method", param.of_method),
    }


def _type(t: Type) -> Json:
    match t:
        case Scalar():
            return t.name
        case Literal():
            return {"literal": [_value(value) for value in t.values]}
        case Constrained():
            conditions: list[Json] = [{each.name: each.value} for each in t.constraints]
            return {"constrained": _type(t.item), "constraints": conditions}
        case List():
            return {"list": _type(t.item)}
        case Dict():
            return {"dict": _type(t.value)}
        case Tuple():
            return {"tuple": [_type(item) for item in t.items], **_flag("endless", t.endless)}
        case Optional():
            return {"optional": _type(t.item)}
        case Union():
            by: dict[str, Json] = {"discriminator": t.discriminator} if t.discriminator else {}
            return {"union": [_type(arm) for arm in t.arms], **by}
        case Named():
            return {"type": str(t.ref), **_args(t.args)}
        case Cap():
            return {"interface": str(t.ref), **_args(t.args)}
        case Func():
            params: list[Json] = [_type(param) for param in t.params]
            return {"function": {"params": params, "returns": _type(t.returns)}}
        case Stream():
            return {"stream": _type(t.item)}
        case Var():
            return {"var": str(t.ref)}
        case _:
            assert_never(t)


def _value(value: LiteralValue) -> Json:
    if value.enum is None:
        return value.json
    return {"enum": str(value.enum), "member": value.repr, "value": _scalar(value.json)}


def _scalar(value: str | float | bool | None) -> Json:
    """As it travels: JSON has no infinities, the protocol writes them as arrays."""
    if isinstance(value, float) and math.isinf(value):
        return ["inf" if value > 0 else "-inf"]
    return value


def _args(args: tuple[Type, ...]) -> dict[str, Json]:
    return {"args": [_type(arg) for arg in args]} if args else {}


def _flag(name: str, value: bool) -> dict[str, Json]:
    return {name: True} if value else {}
