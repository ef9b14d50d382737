"""The module of fakes: a stand-in for each interface, for tests of code that uses it.

A fake has what its target has. Its methods are attributes that are made in `__init__`, which is
where both type checkers infer their parameters and results from those of the target.
"""

from collections.abc import Mapping

from capnweb_gen.ir import (
    Contract,
    Heritage,
    Interface,
    Method,
    Property,
    Ref,
    Stream,
    Type,
    Var,
    Variance,
)
from capnweb_gen.plan.layout import docstring, literal
from capnweb_gen.plan.spelling import Side, Spelling
from capnweb_gen.plan.types import Faces
from capnweb_gen.plan.views import ClassView, MemberView, ModuleView

__all__ = ["FakePlanner"]


class FakePlanner:
    """Plans the module of fakes of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._spelling = Spelling(Side.FAKE, contract.module, contract.home)
        self._type_variables: dict[str, str] = {}

    def plan(self, number: int) -> ModuleView:
        """The whole module, in the form of generated code of that number."""
        self._spelling.support("require_format")
        classes = tuple(
            self._fake(each)
            for each in Heritage.of_classes(self._contract).in_order()
            if self._contract.is_generated(each.ref)
        )
        return ModuleView(
            self._contract.module,
            number,
            self._spelling.imports(),
            self._spelling.checking_imports(),
            (*self._spelling.variable_definitions(), *self._type_variables.values()),
            classes,
            (),
            (),
        )

    def _fake(self, interface: Interface) -> ClassView:
        stem = interface.ref.stem
        renamed = {param.ref: self._variable(param) for param in interface.params}
        faces = Faces(self._contract, self._spelling, renamed=renamed)
        names = f"[{', '.join(renamed.values())}]" if renamed else ""
        base = f"({self._spelling.typing('Generic')}{names})" if names else ""
        values: list[str] = []
        lines: list[str] = []
        for member in interface.members:
            if isinstance(member, Property):
                made = self._spelling.fakes("value")
                values.append(f"{member.name}: {self._answer(faces, member.type)} = {made}()")
            else:
                lines.append(self._method(member, interface, renamed))
        init = MemberView((), "    def __init__(self) -> None:", "", "\n".join(lines))
        doc = docstring(f"Stands for {stem} in tests, which say what its members answer.", 1)
        members = (init,) if lines else ()
        return ClassView(
            (),
            f"class Fake{stem}{base}:",
            doc,
            False,
            tuple(values),
            members,
            self._bound(interface),
        )

    def _method(self, method: Method, interface: Interface, renamed: Mapping[Ref, str]) -> str:
        names = f"[{', '.join(renamed.values())}]" if renamed else ""
        target = self._spelling.generated(interface.ref, "Target")
        function = f"{target}{names}.{method.name}"
        own = [param.ref for each in method.signatures for param in each.type_params]
        if len(method.signatures) > 1 or own:
            anything = {ref: self._spelling.typing("Any") for ref in own}
            faces = Faces(self._contract, self._spelling, renamed={**renamed, **anything})
            answers = (self._answer(faces, each.returns) for each in method.signatures)
            answer = " | ".join(dict.fromkeys(answers))
            annotation = f"{self._spelling.fakes('OverloadedFake')}[{answer}]"
            made = f": {annotation} = {self._spelling.fakes('overloaded')}"
        else:
            is_stream = isinstance(method.signatures[0].returns, Stream)
            made = f" = {self._spelling.fakes('stream' if is_stream else 'method')}"
        return f"        self.{method.name}{made}({function})"

    def _answer(self, faces: Faces, t: Type) -> str:
        return f"{self._spelling.runtime('MaybeAwaitable')}[{faces.accepted(t)}]"

    def _variable(self, param: Var) -> str:
        """The user's type variable, or one of our own: a fake is told values, and gives them."""
        if param.variance is Variance.INVARIANT and not param.in_brackets:
            return self._spelling.users(param.ref)
        name = f"_{param.name}"
        self._type_variables[name] = f"{name} = {self._spelling.typing('TypeVar')}({literal(name)})"
        return name

    def _bound(self, interface: Interface) -> tuple[str, ...]:
        if interface.params:
            return ()
        stem = interface.ref.stem
        stub = self._spelling.generated(interface.ref, "Stub")
        return (f"{self._spelling.support('implements')}(Fake{stem}, {stub})",)
