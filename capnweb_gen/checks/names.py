"""Names on the wire, and names in generated code."""

from collections.abc import Iterable, Iterator
from typing import Final

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import (
    Contract,
    Method,
    Param,
    ParamKind,
    Property,
    TypeKind,
    attribute_of,
    captures,
    generated_names,
)

__all__ = ["HIDDEN_IN_JAVASCRIPT", "RESERVED_KEYS", "check_names"]

#: What every JavaScript object has. It equals that of the runtime, which takes long to import.
RESERVED_KEYS: Final = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toJSON",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)

#: What stubs and promises of the npm package have themselves, before the object they stand for.
HIDDEN_IN_JAVASCRIPT: Final = frozenset({"catch", "dup", "finally", "map", "onRpcBroken", "then"})


def check_names(contract: Contract, report: Report) -> None:
    """Every name arrives, and none stands for two things."""
    _check_members(contract, report)
    _check_collisions(contract, report)
    _check_inherited(contract, report)
    _check_keys(contract, report)
    _check_captures(contract, report)
    _check_generated(contract, report)
    _check_attributes(contract, report)


def _check_members(contract: Contract, report: Report) -> None:
    for interface, member in contract.declared():
        label = f"{interface.ref.qualname}.{member.name}"
        if member.wire_name in RESERVED_KEYS:
            message = f"{label} cannot be reached: every JavaScript object has a {member.wire_name}"
            report.add("CW301", member.span, message, "give it another name")
        elif member.wire_name in HIDDEN_IN_JAVASCRIPT:
            message = f"{label} cannot be called from JavaScript, where stubs have their own"
            report.add("CW305", member.span, message, "give it another name, if that matters")


def _check_collisions(contract: Contract, report: Report) -> None:
    """No two members of an interface, nor options of a method, have one name on the wire."""
    for interface in contract.interfaces.values():
        name = interface.ref.qualname
        _check_distinct(name, interface.members, report)
        for member in interface.members:
            for signature in member.signatures if isinstance(member, Method) else ():
                options = [each for each in signature.params if each.kind is ParamKind.OPTION]
                _check_distinct(f"{name}.{member.name}", options, report)


def _check_distinct(owner: str, parts: Iterable[Method | Property | Param], report: Report) -> None:
    seen: dict[str, str] = {}
    for part in parts:
        first = seen.setdefault(part.wire_name, part.name)
        if first != part.name:
            message = f"{first} and {part.name} of {owner} are both {part.wire_name} on the wire"
            report.add("CW306", part.span, message, "rename one of them, here or for the wire")


def _check_inherited(contract: Contract, report: Report) -> None:
    """Who has an object by one of the interfaces that it serves calls it by the names of that."""
    for interface in contract.interfaces.values():
        own = {member.name: member for member in interface.members}
        for base in interface.bases:
            for member in contract.interfaces[base.ref].members:
                found = own.get(member.name)
                if found and found.wire_name != member.wire_name:
                    message = (
                        f"{interface.ref.qualname}.{member.name} is {found.wire_name} on the wire, "
                        f"but {member.wire_name} in {base.ref.qualname}, which it inherits from"
                    )
                    fix = f"give it its name in {base.ref.qualname} alone"
                    report.add("CW307", found.span, message, fix)


def _check_keys(contract: Contract, report: Report) -> None:
    for label, name, span in _keys(contract):
        if name in RESERVED_KEYS:
            message = f"{label} would be dropped on receipt, as every member called {name} is"
            report.add("CW302", span, message, "give it another name, or an alias for the wire")


def _keys(contract: Contract) -> Iterator[tuple[str, str, Span]]:
    """Everything that travels as the key of an object."""
    for definition in contract.types.values():
        if definition.kind is not TypeKind.NAMED_TUPLE:
            for field in definition.fields:
                label = f"{definition.ref.qualname}.{field.name}"
                yield label, field.wire_name, field.span
    for interface, member in contract.declared():
        for param in member.params if isinstance(member, Method) else ():
            if param.kind is ParamKind.OPTION:
                label = f"{interface.ref.qualname}.{member.name}({param.name})"
                yield label, param.wire_name, param.span


def _check_captures(contract: Contract, report: Report) -> None:
    """Parameters must not hide the private names that the body around them uses."""
    names = [
        (param.name, param.span)
        for _, member in contract.declared()
        if isinstance(member, Method)
        for param in member.params
    ]
    names += [
        (field.name, field.span)
        for definition in contract.types.values()
        for field in definition.fields
    ]
    for name, span in names:
        if captures(name):
            message = f"`{name}` is a name that generated code uses itself"
            report.add("CW303", span, message, "give it a name that does not begin with _")


def _check_generated(contract: Contract, report: Report) -> None:
    """Generated classes need names of their own, which the user's do not have either."""
    seen: dict[str, str] = {}
    for generated in generated_names(contract):
        name, source = generated.name, str(generated.ref)
        interface = contract.interfaces.get(generated.ref)
        span = interface.span if interface else contract.types[generated.ref].span
        if name in seen:
            message = f"{name} would be generated for both {seen[name]} and {source}"
            fix = "rename one of them"
            if seen[name].partition(":")[0] != generated.ref.module:
                fix += ", or generate from both modules in one run"
            report.add("CW304", span, message, fix)
        elif name in contract.defined:
            message = f"{name} is the name of what is generated for {generated.ref.qualname}"
            report.add("CW304", contract.defined[name], message, "rename it")
        seen[name] = source


def _check_attributes(contract: Contract, report: Report) -> None:
    """A member `dup` becomes `dup_` on a stub, where there may be one already."""
    for interface in contract.interfaces.values():
        names = {member.name for member in interface.members}
        for member in interface.members:
            attribute = attribute_of(member.name)
            if attribute != member.name and attribute in names:
                message = f"{interface.ref.qualname}.{member.name} would be {attribute} on a stub"
                report.add("CW304", member.span, message, f"rename it, or {attribute}")
    for definition in contract.types.values():
        names = {field.name for field in definition.fields}
        for field in definition.fields:
            attribute = attribute_of(field.name, more=frozenset({"of"}))
            if attribute != field.name and attribute in names:
                message = (
                    f"{definition.ref.qualname}.{field.name} would be {attribute} on a promise"
                )
                report.add("CW304", field.span, message, f"rename it, or {attribute}")
