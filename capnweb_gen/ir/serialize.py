"""The contract as JSON: what of an interface others may rely on.

`contract.json` is committed beside the code, or handed to another team. Two contracts with the same
digest are the same to every peer: where things stand in the source, and in which order, does not
count. Its form:

    format, module, wire_case (which is "same" if it is left out)
    interfaces   by "module:Name": doc, type_params, bases, members by the name they are called by
                 (a method has params in order, options by name, returns, or overloads with these,
                 and idempotent if it is marked so; a property a type)
    types        by "module:Name": kind, doc, type_params, and fields, values or what it stands for
    digest       sha256 of all the above as JSON with sorted keys and no spaces

A type is the name of a scalar, or an object whose first key tells its kind: literal, list, dict,
tuple, optional, union (with the discriminator that tells its arms apart), constrained (with
constraints: conditions by the names that pydantic has for them), type, interface, function, stream,
var. What is empty or false is left out.
"""

import hashlib
import json
from typing import TypeAlias, assert_never

from capnweb_gen.ir.contract import (
    Contract,
    Field,
    Interface,
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    TypeDef,
    TypeKind,
    WireCase,
)
from capnweb_gen.ir.types import (
    Cap,
    Constrained,
    Dict,
    Func,
    List,
    Literal,
    Named,
    Optional,
    Scalar,
    Stream,
    Tuple,
    Type,
    Union,
    Var,
)

__all__ = ["FORMAT", "contract_json"]

FORMAT = "capnweb-contract/1"

#: A JSON value.
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


def contract_json(contract: Contract) -> str:
    """The text of contract.json."""
    members: dict[str, Json] = {
        "format": FORMAT,
        "module": contract.module,
        **_wire_case(contract.wire_case),
        "interfaces": {
            str(ref): _interface(contract.interfaces[ref]) for ref in sorted(contract.interfaces)
        },
        "types": {str(ref): _definition(contract.types[ref]) for ref in sorted(contract.types)},
    }
    canonical = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    members["digest"] = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    return json.dumps(members, ensure_ascii=False, indent=2) + "\n"


def _interface(interface: Interface) -> Json:
    return {
        **_doc(interface.doc),
        **_params(interface.params),
        "bases": [_type(base) for base in interface.bases],
        "members": {
            member.wire_name: _member(member)
            for member in sorted(interface.members, key=lambda member: member.wire_name)
        },
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
    # Options are members of an object, so that only the others have an order.
    ordered = [param for param in signature.params if param.kind is not ParamKind.OPTION]
    options = [param for param in signature.params if param.kind is ParamKind.OPTION]
    options.sort(key=lambda option: option.wire_name)
    return {
        **_params(signature.type_params),
        "params": [{"name": param.name, **_param(param)} for param in ordered],
        "options": {each.wire_name: {**_attribute(each), **_param(each)} for each in options},
        "returns": _type(signature.returns),
    }


def _param(param: Param) -> dict[str, Json]:
    default: dict[str, Json] = {"default": param.default.source} if param.default else {}
    return {"kind": param.kind.value, "type": _type(param.type), **default}


def _definition(definition: TypeDef) -> Json:
    members: dict[str, Json] = {
        "kind": definition.kind.value,
        **_doc(definition.doc),
        **_params(definition.params),
    }
    if definition.is_record:
        # A NamedTuple is an array on the wire, so its order means something.
        in_order = definition.kind is TypeKind.NAMED_TUPLE
        fields = definition.fields
        ordered = fields if in_order else sorted(fields, key=lambda field: field.wire_name)
        members["fields"] = [_field(field) for field in ordered]
    if definition.kind is TypeKind.ENUM:
        members["values"] = list(definition.values)
    if definition.target:
        members["type"] = _type(definition.target)
    return members


def _field(field: Field) -> Json:
    return {
        "name": field.wire_name,
        **_attribute(field),
        "type": _type(field.type),
        "required": field.required,
    }


def _wire_case(wire_case: WireCase) -> dict[str, Json]:
    return {} if wire_case is WireCase.SAME else {"wire_case": wire_case.value}


def _attribute(part: Method | Property | Param | Field) -> dict[str, Json]:
    """Its name in Python, if that is another than the one on the wire."""
    return {"attribute": part.name} if part.name != part.wire_name else {}


def _doc(doc: str | None) -> dict[str, Json]:
    return {"doc": doc} if doc else {}


def _params(params: tuple[Var, ...]) -> dict[str, Json]:
    return {"type_params": [param.name for param in params]} if params else {}


def _type(t: Type) -> Json:
    match t:
        case Scalar():
            return t.name
        case Literal():
            return {"literal": [value.json for value in t.values]}
        case Constrained():
            return {"constrained": _type(t.item), "constraints": _constraints(t)}
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
            return {"var": t.name}
        case _:
            assert_never(t)


def _constraints(t: Constrained) -> Json:
    """By name; there may be several validators."""
    plain: dict[str, Json] = {each.name: each.value for each in t.constraints if each.is_spelled}
    others: list[Json] = [{each.name: each.value} for each in t.constraints if not each.is_spelled]
    return {**plain, **({"others": others} if others else {})}


def _args(args: tuple[Type, ...]) -> dict[str, Json]:
    return {"args": [_type(arg) for arg in args]} if args else {}


def _flag(name: str, value: bool) -> dict[str, Json]:
    return {name: True} if value else {}
