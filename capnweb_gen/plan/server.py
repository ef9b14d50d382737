"""The server module: what an implementation of each interface has to have."""

from capnweb_gen.ir import Cap, Contract, Heritage, Interface, Var, export_name
from capnweb_gen.plan.layout import docstring, exploded, literal
from capnweb_gen.plan.members import target_members
from capnweb_gen.plan.spelling import Side, Spelling
from capnweb_gen.plan.types import Faces
from capnweb_gen.plan.variance import variance_in_target
from capnweb_gen.plan.views import ClassView, ModuleView

__all__ = ["ServerPlanner"]


class ServerPlanner:
    """Plans the server module of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._heritage = Heritage.of_classes(contract)
        self._spelling = Spelling(Side.SERVER, contract.module, contract.home)
        self._type_variables: dict[str, str] = {}

    def plan(self, number: int) -> ModuleView:
        """The whole module, in the form of generated code of that number."""
        self._spelling.support("require_format")
        classes = tuple(
            self._target(each)
            for each in self._heritage.in_order()
            if self._contract.is_generated(each.ref)
        )
        type_variables = (
            *self._spelling.variable_definitions(),
            *self._type_variables.values(),
        )
        return ModuleView(
            self._contract.module,
            number,
            self._spelling.imports(),
            self._spelling.checking_imports(),
            type_variables,
            classes,
            (),
            (),
        )

    def _target(self, interface: Interface) -> ClassView:
        """A Protocol with abstract members: a base class, and a structural type."""
        stem = interface.ref.stem
        renamed = {param.ref: self._variable(interface, param) for param in interface.params}
        faces = Faces(self._contract, self._spelling, renamed=renamed)
        names = ", ".join(renamed.values())
        protocol = self._spelling.typing("Protocol") + (f"[{names}]" if names else "")
        bases = [*(self._base(base, faces) for base in self._heritage.bases(interface)), protocol]
        first = f"Implement this to serve {stem}: every method may be `def` or `async def`."
        doc = docstring(f"{first}\n\n{interface.doc}" if interface.doc else first, 1)
        members = tuple(
            view
            for member in self._heritage.own(interface)
            for view in target_members(member, self._spelling, faces)
        )
        # A generic interface is known by the shape of where it occurs, for it needs its arguments.
        after = () if interface.params else self._exported(interface)
        head = exploded(f"class {stem}Target(", bases, "):")
        return ClassView((), head, doc, True, (), members, after)

    def _base(self, base: Cap, faces: Faces) -> str:
        args = ", ".join(map(faces.received, base.args))
        target = self._spelling.generated(base.ref, "Target", as_base=True)
        return target + (f"[{args}]" if args else "")

    def _variable(self, interface: Interface, param: Var) -> str:
        """The user's type variable; if its variance does not fit, one of our own."""
        variance = variance_in_target(interface, param, self._contract)
        if variance is param.variance and not param.in_brackets:
            return self._spelling.users(param.ref)
        short = {"covariant": "_co", "contravariant": "_contra", "invariant": ""}[variance.value]
        name = f"_{param.name}{short}"
        maker = self._spelling.typing("TypeVar")
        keyword = f", {variance.value}=True" if short else ""
        self._type_variables[name] = f"{name} = {maker}({literal(name)}{keyword})"
        return name

    def _exported(self, interface: Interface) -> tuple[str, ...]:
        stem = interface.ref.stem
        stub = self._spelling.generated(interface.ref, "Stub")
        doc = docstring(f"A stub of a local object, which need not inherit {stem}Target.", 1)
        head = exploded(
            f"def {export_name(Cap(interface.ref))}(",
            [f"target: {stem}Target", "/"],
            f") -> {stub}:",
        )
        return (
            f"{self._spelling.support('implements')}({stem}Target, {stub})",
            f"{head}\n{doc}    return {self._spelling.support('export')}({stub}, target)",
        )
