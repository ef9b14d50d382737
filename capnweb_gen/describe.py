"""A contract as people read it: as the Protocols that it could have been generated from.

It is close to Python, and no Python: what is called otherwise on the wire has that name in a
comment, and texts of the user's stay texts.
"""

from collections.abc import Iterable, Iterator

from capnweb_gen.ir import (
    Contract,
    Digests,
    Field,
    Interface,
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    TypeDef,
    TypeKind,
    Var,
    shown,
)

__all__ = ["described"]

_INDENT = "    "


def described(contract: Contract, digests: Digests, main: str | None = None) -> str:
    """The text.

    Args:
        contract: what to describe.
        digests: its digests.
        main: the digest of the interface that the main object of a server has, if that is known.
    """
    blocks = [_block([f"# {contract.module} · {digests.whole}"])]
    for ref, interface in contract.interfaces.items():
        is_main = main is not None and digests.interfaces[ref] == main
        blocks.append(_block(_interface(interface, is_main=is_main)))
    blocks += [_block(_definition(definition)) for definition in contract.types.values()]
    return "\n".join(blocks)


def _interface(interface: Interface, *, is_main: bool) -> Iterator[str]:
    note = "  # the main object" if is_main else ""
    bases = f"({', '.join(map(shown, interface.bases))})" if interface.bases else ""
    yield f"interface {interface.ref.qualname}{_params(interface.params)}{bases}:{note}"
    yield from _doc(interface.doc, 1)
    for member in interface.members:
        yield from _member(member)


def _member(member: Method | Property) -> Iterator[str]:
    if member.deprecated is not None:
        yield f"{_INDENT}# deprecated: {member.deprecated}"
    note = "" if member.name == member.wire_name else f"  # on the wire: {member.wire_name}"
    match member:
        case Property():
            yield f"{_INDENT}{member.name}: {shown(member.type)}{note}"
        case Method():
            if member.idempotent:
                yield f"{_INDENT}# idempotent"
            for signature in member.signatures:
                yield f"{_INDENT}{member.name}{_signature(signature)}{note}"
    yield from _doc(member.doc, 2)


def _signature(signature: Signature) -> str:
    params: list[str] = []
    ordered = list(signature.ordered)
    last = max(
        (index for index, each in enumerate(ordered) if each.kind is ParamKind.POSITIONAL),
        default=-1,
    )
    for index, param in enumerate(ordered):
        params.append(_param(param))
        if index == last:
            params.append("/")
    if signature.options:
        if not any(each.kind is ParamKind.REST for each in ordered):
            params.append("*")
        params += map(_param, signature.options)
    made = f"({', '.join(params)}) -> {shown(signature.returns)}"
    return f"{_params(signature.type_params)}{made}"


def _param(param: Param) -> str:
    star = "*" if param.kind is ParamKind.REST else ""
    default = f" = {param.default.source}" if param.default else ""
    wire = "" if param.name == param.wire_name else f" ({param.wire_name} on the wire)"
    return f"{star}{param.name}{wire}: {shown(param.type)}{default}"


def _definition(definition: TypeDef) -> Iterator[str]:
    name = f"{definition.ref.qualname}{_params(definition.params)}"
    if definition.target is not None:
        kind = "new type" if definition.kind is TypeKind.NEW_TYPE else "alias"
        yield f"{kind} {name} = {shown(definition.target)}"
        return
    yield f"{definition.kind.value} {name}:"
    yield from _doc(definition.doc, 1)
    for member, value in zip(definition.names, definition.values, strict=True):
        yield f"{_INDENT}{member} = {value!r}"
    yield from map(_field, definition.fields)


def _field(field: Field) -> str:
    default = ""
    if not field.required:
        default = f" = {field.default.source}" if field.default else " = ..."
    note = "" if field.name == field.wire_name else f"  # on the wire: {field.wire_name}"
    return f"{_INDENT}{field.name}: {shown(field.type)}{default}{note}"


def _params(params: Iterable[Var]) -> str:
    names = ", ".join(param.name for param in params)
    return f"[{names}]" if names else ""


def _doc(doc: str | None, depth: int) -> Iterator[str]:
    """The first paragraph of a docstring."""
    for line in (doc or "").strip().split("\n\n")[0].splitlines():
        yield f"{_INDENT * depth}{line}"


def _block(lines: Iterable[str]) -> str:
    """Lines that can do nothing to a terminal, nor break in two, whatever names are in them."""
    visible = ("".join(c if c.isprintable() else " " for c in line) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in visible)
