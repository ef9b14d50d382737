"""Reads the JSON of dump.mjs."""

import re
from typing import Any, TypeAlias

from capnweb_gen.diagnostics import Span
from capnweb_gen.importer.model import (
    Array,
    Declaration,
    Doc,
    EnumValue,
    Function,
    Intersection,
    Keyword,
    Literal,
    Member,
    Module,
    Node,
    Object,
    Other,
    Param,
    Reference,
    Signature,
    This,
    Tuple,
    TupleItem,
    Union,
)

__all__ = ["parse"]

Json: TypeAlias = Any


def parse(data: Json) -> Module:
    """What a file declares, from what dump.mjs has written of it."""
    declarations = [_declaration(each) for each in data["declarations"]]
    return Module(
        tuple(data["roots"]),
        {each.id: each for each in declarations},
        tuple((each["message"], Span(*each["place"])) for each in data["errors"]),
    )


def _doc(data: Json) -> Doc:
    """A comment, without the escapes that keep it one."""
    text = re.sub(r"^(\s*)\\@", r"\1@", data["text"].replace("*\\/", "*/"), flags=re.MULTILINE)
    params = tuple(data["params"].items())
    return Doc(text, params, data["returns"], data["deprecated"])


def _declaration(data: Json) -> Declaration:
    return Declaration(
        data["id"],
        data["name"],
        data["kind"],
        _doc(data["doc"]),
        tuple(data["typeParams"]),
        tuple(_node(each) for each in data.get("bases", ())),
        tuple(_member(each) for each in data.get("members", ())),
        _node(data["type"]) if "type" in data else None,
        tuple(
            EnumValue(each["name"], each["value"], _doc(each["doc"]), span=Span(*each["place"]))
            for each in data.get("values", ())
        ),
        span=Span(*data["place"]),
    )


def _member(data: Json) -> Member:
    return Member(
        data["kind"],
        data["name"],
        data["optional"],
        _doc(data["doc"]),
        _node(data["type"]) if "type" in data else None,
        _signature(data["signature"]) if "signature" in data else None,
        data.get("body", False),
        span=Span(*data["place"]),
    )


def _signature(data: Json) -> Signature:
    params = tuple(
        Param(
            each["name"],
            _node(each["type"]),
            each["optional"],
            each["rest"],
            span=Span(*each["place"]),
        )
        for each in data["params"]
    )
    return Signature(tuple(data["typeParams"]), params, _node(data["returns"]))


def _node(data: Json) -> Node:
    span = Span(*data["place"])
    match data["kind"]:
        case "keyword":
            return Keyword(data["name"], span=span)
        case "literal" if "bigint" in data:
            return Literal(int(data["bigint"]), span=span, big=True)
        case "literal":
            return Literal(data["value"], span=span)
        case "array":
            return Array(_node(data["item"]), span=span)
        case "tuple":
            return Tuple(tuple(_tuple_item(each) for each in data["items"]), span=span)
        case "union":
            return Union(tuple(_node(each) for each in data["arms"]), span=span)
        case "intersection":
            return Intersection(tuple(_node(each) for each in data["parts"]), span=span)
        case "function":
            return Function(_signature(data["signature"]), span=span)
        case "object":
            return Object(tuple(_member(each) for each in data["members"]), span=span)
        case "reference":
            to = data["to"]
            args = tuple(_node(each) for each in data["args"])
            return Reference(to["kind"], to["name"], to.get("id"), args, data["text"], span=span)
        case "this":
            return This(span=span)
        case _:
            return Other(data["text"], span=span)


def _tuple_item(data: Json) -> TupleItem:
    return TupleItem(_node(data["type"]), data["name"], data["optional"], data["rest"])
