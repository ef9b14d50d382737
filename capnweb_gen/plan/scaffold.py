"""A first implementation of the interfaces of a contract: the file that a user goes on from.

Its signatures are those that say most of what an implementation may have: a parameter is of the
type that arrives, a result of the type that the interface says, with the classes of this very file
for the interfaces that it implements.
"""

import ast
import re
from collections.abc import Iterator
from itertools import chain

from capnweb_gen.ir import (
    Cap,
    Contract,
    Dict,
    Func,
    Interface,
    List,
    Method,
    Named,
    Optional,
    Param,
    Property,
    Ref,
    Signature,
    Stream,
    Tuple,
    Type,
    Union,
)
from capnweb_gen.plan.layout import docstring, exploded, literal
from capnweb_gen.plan.members import parameters
from capnweb_gen.plan.plain import PlainSpelling
from capnweb_gen.plan.types import Faces
from capnweb_gen.plan.views import ClassView, MemberView, ScaffoldView

__all__ = ["plan_scaffold"]

#: Names of the file that are neither imported nor those of its classes.
_OWN = ("annotations", "main")


def plan_scaffold(contract: Contract, package: str) -> ScaffoldView:
    """A first implementation.

    Args:
        contract: whose interfaces are implemented.
        package: the name that the package generated from it is imported by.
    """
    return _Planner(contract, package).plan()


class _Planner:
    def __init__(self, contract: Contract, package: str) -> None:
        self._contract = contract
        self._interfaces = tuple(
            each for each in contract.interfaces.values() if not contract.is_elsewhere(each.ref)
        )
        self._own = {each.ref for each in self._interfaces}
        self._variables: dict[Ref, str] = {}
        for each in self._interfaces:
            self._variables |= _variables(each)
        members = [member.name for each in self._interfaces for member in each.members]
        self._spelling = PlainSpelling("scaffold", contract.module, contract.home, package=package)
        self._spelling.reserve([*_OWN, *members, *self._variables.values()])
        self._spelling.reserve(map(_class_name, self._own))
        self._faces = Faces(contract, self._spelling, renamed=self._variables)

    def plan(self) -> ScaffoldView:
        classes = tuple(map(self._class, self._interfaces))
        root = self._root()
        run = serve = ""
        if root:
            run = self._spelling.module_member("asyncio", "run")
            serve = self._spelling.runtime("serve")
        variables = (
            *self._spelling.variable_definitions(),
            *map(self._variable, dict.fromkeys(self._variables.values())),
        )
        return ScaffoldView(
            docstring(f"Serves the interfaces of {self._contract.module}.", 0),
            self._spelling.imports(),
            variables,
            classes,
            _class_name(root.ref) if root else "",
            serve,
            run,
        )

    def _root(self) -> Interface | None:
        """What a client begins with: the last interface that no other leads to."""
        own = [
            each
            for each in self._interfaces
            if each.ref.module == self._contract.module and not each.params
        ]
        led_to = {
            part.ref
            for each in self._interfaces
            for member in each.members
            for t in member.types
            for part in self._contract.reach(t)
            if isinstance(part, Cap) and part.ref != each.ref
        }
        return next((each for each in reversed(own) if each.ref not in led_to), None) or next(
            reversed(own), None
        )

    def _variable(self, name: str) -> str:
        return f"{name} = {self._spelling.typing('TypeVar')}({literal(name)})"

    def _class(self, interface: Interface) -> ClassView:
        names = ", ".join(self._variables[param.ref] for param in interface.params)
        base = self._spelling.generated(interface.ref, "Target")
        base += f"[{names}]" if names else ""
        members = tuple(chain.from_iterable(map(self._views, interface.members)))
        head = exploded(f"class {_class_name(interface.ref)}(", [base], "):")
        doc = docstring(interface.doc or f"Serves {interface.ref.stem}.", 1)
        return ClassView((), head, doc, False, (), members, ())

    def _views(self, member: Method | Property) -> Iterator[MemberView]:
        """A member: one definition, or the signatures of its overloads and one for all of them."""
        body = f"        raise {self._spelling.builtin('NotImplementedError')}"
        doc = docstring(member.doc, 2)
        if isinstance(member, Property):
            head = f"    def {member.name}(self) -> {self._returned(member.type)}:"
            yield MemberView((self._spelling.builtin("property"),), head, doc, body)
        elif len(member.signatures) == 1:
            yield MemberView((), self._head(member.name, member.signatures[0], ":"), doc, body)
        else:
            decorators = (self._spelling.typing("overload"),)
            for signature in member.signatures:
                yield MemberView(decorators, self._head(member.name, signature, ": ..."), "", "")
            anything = self._spelling.typing("Any")
            parts = [f"self, *args: {anything}, **options: {anything}"]
            head = exploded(f"async def {member.name}(", parts, f") -> {anything}:", depth=1)
            yield MemberView((), head, doc, body)

    def _head(self, name: str, signature: Signature, end: str) -> str:
        written = parameters(signature, self._faces.received, self._default, positional_only=False)
        tail = f") -> {self._returned(signature.returns)}{end}"
        return exploded(f"async def {name}(", written, tail, depth=1)

    def _default(self, param: Param) -> str:
        """A default that means the same here; else UNSET, which says that nothing was given."""
        assert param.default is not None
        source = param.default.source
        try:
            value = ast.literal_eval(source)
        except ValueError:
            return self._enum_member(source) or self._spelling.runtime("UNSET")
        if isinstance(value, list | dict | set):  # one for all calls
            return self._spelling.runtime("UNSET")
        return literal(value) if isinstance(value, str) else source

    def _enum_member(self, source: str) -> str | None:
        enum, _, name = source.rpartition(".")
        for ref, definition in self._contract.types.items():
            if ref.qualname == enum and definition.has_values and name.isidentifier():
                return f"{self._spelling.users(ref)}.{name}"
        return None

    def _returned(self, t: Type) -> str:
        """What an implementation returns."""
        spelling = self._spelling
        match t:
            case Cap():
                args = ", ".join(map(self._faces.received, t.args))
                own = t.ref in self._own
                name = _class_name(t.ref) if own else spelling.generated(t.ref, "Target")
                return name + (f"[{args}]" if args else "")
            case Named() if self._faces.is_record_with_capabilities(t):
                return self._faces.original().received(t)
            case List():
                return f"{spelling.builtin('list')}[{self._returned(t.item)}]"
            case Dict():
                key = spelling.builtin("str")
                return f"{spelling.builtin('dict')}[{key}, {self._returned(t.value)}]"
            case Tuple():
                items = [*map(self._returned, t.items), *(["..."] if t.endless else [])]
                return f"{spelling.builtin('tuple')}[{', '.join(items)}]"
            case Optional():
                return f"{self._returned(t.item)} | None"
            case Union():
                return " | ".join(map(self._returned, t.arms))
            case Stream():
                return f"{spelling.abc('AsyncIterator')}[{self._returned(t.item)}]"
            case Func():
                params = ", ".join(map(self._faces.received, t.params))
                result = f"{spelling.abc('Awaitable')}[{self._returned(t.returns)}]"
                return f"{spelling.abc('Callable')}[[{params}], {result}]"
            case _:
                return self._faces.received(t)


def _variables(interface: Interface) -> dict[Ref, str]:
    """Type variables of its own, invariant ones: a class has no variance that would have to fit."""
    names = [re.sub("_co(ntra)?$", "", param.name) for param in interface.params]
    if len(set(names)) < len(names):
        names = [param.name for param in interface.params]
    return {param.ref: name for param, name in zip(interface.params, names, strict=True)}


def _class_name(ref: Ref) -> str:
    return f"{ref.stem}Server"
