"""From a contract to view models, in which every string of the generated modules is decided.

The templates put them in place, and decide nothing.
"""

from capnweb_gen.plan.layout import docstring, literal
from capnweb_gen.plan.package import package_name, plan
from capnweb_gen.plan.scaffold import plan_scaffold
from capnweb_gen.plan.views import ClassView, MemberView, ModuleView, PackageView, ScaffoldView

__all__ = [
    "ClassView",
    "MemberView",
    "ModuleView",
    "PackageView",
    "ScaffoldView",
    "docstring",
    "literal",
    "package_name",
    "plan",
    "plan_scaffold",
]
