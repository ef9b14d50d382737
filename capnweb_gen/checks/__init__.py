"""What can be read but not served: names that collide, types that could be either of two things.

Each check takes a whole contract, so that it holds whichever frontend made it.
"""

from capnweb_gen.checks.interfaces import check_interfaces
from capnweb_gen.checks.names import check_names
from capnweb_gen.checks.overrides import check_overrides
from capnweb_gen.checks.recursion import check_recursion
from capnweb_gen.checks.types import check_types
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract

__all__ = ["check"]


def check(contract: Contract, report: Report) -> None:
    """Report all that is wrong with a contract."""
    check_interfaces(contract, report)
    check_overrides(contract, report)
    check_types(contract, report)
    check_recursion(contract, report)
    check_names(contract, report)
