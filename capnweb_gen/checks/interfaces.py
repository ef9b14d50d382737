"""Members of interfaces."""

from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import (
    Contract,
    Dict,
    Method,
    Named,
    Param,
    ParamKind,
    Scalar,
    Signature,
    Type,
    TypeKind,
    Var,
)

__all__ = ["check_interfaces"]


def check_interfaces(contract: Contract, report: Report) -> None:
    """No interface without members, no call that could be read in two ways."""
    for interface in contract.interfaces.values():
        if not interface.members:
            name = interface.ref.qualname
            message = f"{name} has no public members, so that every object would be one"
            fix = "add methods; a function is Callable[[...], Awaitable[...]]"
            report.add("CW109", interface.span, message, fix)
    for interface, member in contract.declared():
        if isinstance(member, Method):
            for signature in member.signatures:
                label = f"{interface.ref.qualname}.{member.name}"
                _check_trailing(label, signature, contract, report)


def _check_trailing(label: str, signature: Signature, contract: Contract, report: Report) -> None:
    """Keyword-only arguments travel as a trailing object, which `*args` must not look like."""
    rest = [param for param in signature.params if param.kind is ParamKind.REST]
    if not any(param.kind is ParamKind.OPTION for param in signature.params):
        return
    for param in rest:
        if any(_may_be_object(part, contract) for part in contract.reach(param.type)):
            message = (
                f"{label}: the last of *{param.name} could be taken for the object in which "
                "keyword-only arguments travel"
            )
            _report_trailing(param, message, report)


def _report_trailing(param: Param, message: str, report: Report) -> None:
    fix = f"take a list ({param.name}: list[...]) instead of *{param.name}"
    report.add("CW105", param.span, message, fix)


def _may_be_object(t: Type, contract: Contract) -> bool:
    match t:
        case Dict() | Scalar(name="any") | Var():
            return True
        case Named(ref=ref):
            definition = contract.types[ref]
            return definition.is_record and definition.kind is not TypeKind.NAMED_TUPLE
        case _:
            return False
