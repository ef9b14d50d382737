"""Types that are understood, but whose values could not be told apart or received."""

from collections.abc import Iterator

from capnweb_gen.checks.constraints import check_constraints
from capnweb_gen.checks.unions import check_overloads, check_union
from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Constrained,
    Contract,
    Method,
    Named,
    Type,
    TypeDef,
    TypeKind,
    Union,
    walk,
)

__all__ = ["check_types"]


def check_types(contract: Contract, report: Report) -> None:
    """Unions with one reading; capabilities only where they can be received."""
    for definition in contract.types.values():
        _check_definition(definition, contract, report)
    for interface, member in contract.declared():
        if isinstance(member, Method):
            label = f"{interface.ref.qualname}.{member.name}"
            check_overloads(label, member, contract, report)
    for t, place in _annotations(contract):
        for part in walk(t):
            span = part.span or place
            if isinstance(part, Union):
                check_union(part, contract, span, report)
            if isinstance(part, Constrained):
                check_constraints(part, contract, span, report)
            if isinstance(part, Named):
                _check_arguments(part, contract, span, report)


#: What is received in a class with stubs, or filled with them.
_HOLDING = {TypeKind.MODEL, TypeKind.DATACLASS}

_KINDS = {
    TypeKind.TYPED_DICT: "a TypedDict",
    TypeKind.NAMED_TUPLE: "a NamedTuple",
    TypeKind.NEW_TYPE: "a NewType",
    TypeKind.ALIAS: "an alias",
}


def _annotations(contract: Contract) -> Iterator[tuple[Type, Span]]:
    for _, member in contract.declared():
        if isinstance(member, Method):
            yield from ((param.type, param.span) for param in member.params)
            yield from ((each.returns, member.span) for each in member.signatures)
        else:
            yield member.type, member.span
    for definition in contract.types.values():
        yield from ((part, definition.span) for part in contract.parts(definition))


def _check_arguments(named: Named, contract: Contract, span: Span, report: Report) -> None:
    definition = contract.types[named.ref]
    if definition.kind in _HOLDING:
        return
    if any(contract.carries(arg) for arg in named.args):
        name = named.ref.qualname
        message = (
            f"{name} is {_KINDS[definition.kind]}, and cannot be filled with interfaces, functions "
            "or streams"
        )
        fix = "make it a dataclass or pydantic model"
        report.add("CW212", span, message, fix)


def _check_definition(definition: TypeDef, contract: Contract, report: Report) -> None:
    """Capabilities are received in a class generated for the model; not every kind can have one."""
    carrying = [part for part in contract.parts(definition) if contract.carries(part)]
    if not carrying:
        return
    name = definition.ref.qualname
    if definition.kind in _HOLDING:
        return
    message = (
        f"{name} is {_KINDS[definition.kind]}, and cannot hold interfaces, functions or streams"
    )
    fix = "use a dataclass or pydantic model"
    span = next((field.span for field in definition.fields if field.type in carrying), None)
    report.add("CW212", span or definition.span, message, fix)
