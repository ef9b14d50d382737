"""Signatures and bodies of the methods of stubs and targets."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from capnweb_gen.ir import (
    Method,
    Param,
    ParamKind,
    Property,
    Signature,
    Type,
    Var,
    attribute_of,
    is_name,
)
from capnweb_gen.plan.layout import docstring, exploded, literal, tupled
from capnweb_gen.plan.shapes import Shapes, Variables
from capnweb_gen.plan.spelling import Spelling
from capnweb_gen.plan.types import Faces
from capnweb_gen.plan.views import MemberView

__all__ = ["StubMembers", "parameters", "target_members"]


class StubMembers:
    """Writes the members of one interface, or the fields of one model, for the client.

    Its type variables stand for the shapes in `known`.
    """

    def __init__(self, spelling: Spelling, faces: Faces, shapes: Shapes, known: Variables) -> None:
        self._spelling = spelling
        self._faces = faces
        self._shapes = shapes
        self._known = known

    def members(self, member: Method | Property) -> list[MemberView]:
        """A member of a stub: it calls, or reads, and gives a promise.

        One that is overloaded is several definitions: its signatures, and what chooses among them.
        """
        name = attribute_of(member.name)
        deprecated = self._deprecated(member)
        if isinstance(member, Property):
            getter = self.getter(name, member.wire_name, member.type, member.doc)
            return [replace(getter, decorators=getter.decorators + deprecated)]
        doc = docstring(member.doc, 2)
        if len(member.signatures) > 1:
            return self._overloaded(name, member, doc, deprecated)
        (signature,) = member.signatures
        call = [literal(member.wire_name), tupled(list(self._arguments(signature)))]
        body = self._returned("self._call(", call, signature.returns)
        return [MemberView(deprecated, self._head(name, signature, ":"), doc, body)]

    def _head(self, name: str, signature: Signature, end: str) -> str:
        unset = self._spelling.runtime("UNSET")
        written = parameters(
            signature, self._faces.accepted, lambda _: unset, positional_only=False
        )
        promise = self._faces.promise(signature.returns)
        return exploded(f"def {name}(", written, f") -> {promise}{end}", depth=1)

    def _overloaded(
        self, name: str, member: Method, doc: str, deprecated: tuple[str, ...]
    ) -> list[MemberView]:
        overload, anything = self._spelling.typing("overload"), self._spelling.typing("Any")
        views = [
            MemberView((overload, *deprecated), self._head(name, signature, ": ..."), "", "")
            for signature in member.signatures
        ]
        chooser = self._spelling.support("call_overloaded")
        body = f"        return {chooser}(self, {literal(member.wire_name)}, args, options)"
        head = f"    def {name}(self, *args: {anything}, **options: {anything}) -> {anything}:"
        return [*views, MemberView((), head, doc, body)]

    def _deprecated(self, member: Method | Property) -> tuple[str, ...]:
        if member.deprecated is None:
            return ()
        return (f"{self._spelling.extension('deprecated')}({literal(member.deprecated)})",)

    def getter(
        self, attribute: str, wire_name: str | int, t: Type, doc: str | None = None
    ) -> MemberView:
        """A property of a stub or promise: the promise of a part."""
        key = literal(wire_name) if isinstance(wire_name, str) else str(wire_name)
        body = self._returned("self._get(", [key], t)
        signature = f"    def {attribute}(self) -> {self._faces.promise(t)}:"
        decorators = (self._spelling.builtin("property"),)
        return MemberView(decorators, signature, docstring(doc, 2), body)

    def described(self, member: Method | Property) -> str:
        """A member as the runtime is told it."""
        renamed = member.wire_name != member.name
        attribute = f"attribute={literal(member.name)}" if renamed else ""
        if isinstance(member, Property):
            maker = self._spelling.support("getter")
            arguments = [literal(member.wire_name), self._shape(member.type)]
            return f"{maker}({', '.join(arguments + [attribute] * renamed)})"
        several = len(member.signatures) > 1
        made = [
            self._signature(member, signature, attribute, depth=3 if several else 2)
            for signature in member.signatures
        ]
        if not several:
            return made[0]
        return exploded(f"{self._spelling.support('overloads')}(", made, ")", 2).lstrip()

    def _signature(self, member: Method, signature: Signature, attribute: str, depth: int) -> str:
        arguments = [literal(member.wire_name), self._shape(signature.returns)]
        rest: list[str] = []
        options: list[str] = []
        for param in signature.params:
            if param.kind is ParamKind.REST:
                rest = [f"rest={self._shape(param.type)}"]
            else:
                into = options if param.kind is ParamKind.OPTION else arguments
                into.append(self._described_param(param))
        arguments += rest + ([f"options={tupled(options)}"] if options else [])
        arguments += [attribute] if attribute else []
        arguments += ["idempotent=True"] if member.idempotent else []
        head = f"{self._spelling.support('method')}("
        return exploded(head, arguments, ")", depth).lstrip()

    def _described_param(self, param: Param) -> str:
        optional = ", required=False" if param.default else ""
        attribute = f", attribute={literal(param.name)}" if param.wire_name != param.name else ""
        maker = self._spelling.support("param")
        return (
            f"{maker}({literal(param.wire_name)}, {self._shape(param.type)}{optional}{attribute})"
        )

    def _shape(self, t: Type) -> str:
        return self._shapes.expression(t, self._known)

    def _sent(self, t: Type, value: str) -> str:
        return self._shapes.sent(t, value, self._known)

    def _returned(self, head: str, arguments: list[str], t: Type) -> str:
        """The statements that return the promise of a `t`, whose shape is the last argument."""
        arguments = [*arguments, self._shape(t)]
        if isinstance(t, Var):  # of which only the caller's shape knows the class
            call = exploded(f"_promise: {self._faces.promise(t)} = {head}", arguments, ")", 2)
            return f"{call}\n        return _promise"
        return exploded(f"return {head}", arguments, ")", 2)

    def _arguments(self, signature: Signature) -> Iterator[str]:
        """The arguments as sent: by position, the keyword-only ones in one trailing object."""
        options: list[str] = []
        for param in signature.params:
            name = param.name
            if param.kind is ParamKind.OPTION:
                sent = self._sent(param.type, name)
                wire_name = param.wire_name
                # A name such as `from` is none in Python.
                plain = is_name(wire_name)
                options.append(
                    f"{wire_name}={sent}" if plain else f"**{{{literal(wire_name)}: {sent}}}"
                )
            elif param.kind is not ParamKind.REST:
                yield self._sent(param.type, name)
            elif self._shapes.carries(param.type):
                yield f"*({self._sent(param.type, '_item')} for _item in {name})"
            else:
                yield f"*{name}"
        if options:
            yield f"{self._spelling.support('options')}({', '.join(options)})"


def target_members(member: Method | Property, spelling: Spelling, faces: Faces) -> list[MemberView]:
    """A member of a target: abstract, and open to `def` and `async def`.

    One that is overloaded is its signatures, and a definition that is there at run time.
    """
    doc, abstract = docstring(member.doc, 2), spelling.abstract()
    dots = "" if doc else " ..."
    if isinstance(member, Property):
        decorators = (spelling.builtin("property"), abstract)
        result = f"{spelling.runtime('MaybeAwaitable')}[{faces.accepted(member.type)}]"
        return [MemberView(decorators, f"    def {member.name}(self) -> {result}:{dots}", doc, "")]
    if len(member.signatures) == 1:
        head = _target_head(member.name, member.signatures[0], spelling, faces, f":{dots}")
        return [MemberView((abstract,), head, doc, "")]
    overload, anything = spelling.typing("overload"), spelling.typing("Any")
    views = [
        MemberView(
            (overload, abstract),
            _target_head(member.name, signature, spelling, faces, ": ..."),
            "",
            "",
        )
        for signature in member.signatures
    ]
    head = f"    def {member.name}(self, *args: {anything}, **options: {anything}) -> {anything}:"
    return [*views, MemberView((abstract,), head + dots, doc, "")]


def _target_head(
    name: str, signature: Signature, spelling: Spelling, faces: Faces, end: str
) -> str:
    result = f"{spelling.runtime('MaybeAwaitable')}[{faces.accepted(signature.returns)}]"
    written = parameters(signature, faces.received, lambda _: "...", positional_only=True)
    return exploded(f"def {name}(", written, f") -> {result}{end}", depth=1)


def parameters(
    signature: Signature,
    face: Callable[[Type], str],
    default: Callable[[Param], str],
    *,
    positional_only: bool,
) -> list[str]:
    """The parameters of a signature, `self` and separators included.

    Args:
        signature: of a method.
        face: writes their types.
        default: writes what stands for the default of a parameter.
        positional_only: whether those that may be passed by keyword lose that. The wire knows
            positions only, and an implementation may call its parameters as it likes.
    """
    written = ["self"]
    by_position = {ParamKind.POSITIONAL} | ({ParamKind.NORMAL} if positional_only else set())
    slash_due = star_due = True
    for param in signature.params:
        if param.kind not in by_position and slash_due:
            written += ["/"] if len(written) > 1 else []
            slash_due = False
        if param.kind is ParamKind.OPTION and star_due:
            written.append("*")
        star_due = star_due and param.kind not in {ParamKind.REST, ParamKind.OPTION}
        written.append(_parameter(param, face, default))
    if slash_due and len(written) > 1:
        written.append("/")
    return written


def _parameter(param: Param, face: Callable[[Type], str], default: Callable[[Param], str]) -> str:
    star = "*" if param.kind is ParamKind.REST else ""
    assigned = f" = {default(param)}" if param.default else ""
    return f"{star}{param.name}: {face(param.type)}{assigned}"
