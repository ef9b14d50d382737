"""Members that override others: who knows the base must not be surprised."""

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Cap, Contract, Heritage, Interface, Member, Type, differs, objection

__all__ = ["check_overrides"]


def check_overrides(contract: Contract, report: Report) -> None:
    """Every member fits where one of its interface's bases is wanted."""
    heritage = Heritage(contract)
    for interface in contract.interfaces.values():
        members = {member.name: member for member in interface.members}
        reported: set[str] = set()
        for base in interface.bases:
            for inherited in heritage.members(base):
                member = members[inherited.name]
                found = _objection(member, inherited, contract)
                if found and member.name not in reported:
                    reported.add(member.name)
                    report.add("CW112", *_told(interface, base, member, found, heritage))


def _objection(member: Member, inherited: Member, contract: Contract) -> str | None:
    if member == inherited:
        return None

    def fits(a: Type, b: Type) -> bool:
        return not differs(a, b, contract)

    return objection(member, inherited, fits, fits)


def _told(
    interface: Interface, base: Cap, member: Member, problem: str, heritage: Heritage
) -> tuple[Span, str, str]:
    """At the member, if the interface declares it; it may have come from another base."""
    name, label = interface.ref.qualname, f"{base.ref.qualname}.{member.name}"
    for other in interface.bases:
        if any(each.span == member.span for each in heritage.members(other)):
            source = f"{other.ref.qualname}.{member.name}"
            message = f"{name} cannot have both {source} and {label}: the first {problem}"
            fix = f"declare {member.name} in {name} so that it fits both, or rename one of them"
            return interface.span, message, fix
    message = f"{name}.{member.name} cannot override {label}: it {problem}"
    return member.span, message, f"do as {label} does and no less, or give it another name"
