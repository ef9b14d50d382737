"""Records: objects with named fields, on the wire and in a program."""

from dataclasses import replace
from typing import TYPE_CHECKING

from capnweb_gen.breaking.findings import Place
from capnweb_gen.breaking.flow import Flow, Version
from capnweb_gen.breaking.rules import Axis
from capnweb_gen.ir import Field, Type, TypeDef, TypeKind, filled, substitute

if TYPE_CHECKING:
    from capnweb_gen.breaking.values import Values

__all__ = ["Fields", "instance"]


def instance(definition: TypeDef, args: tuple[Type, ...]) -> TypeDef:
    """A generic record with its type parameters filled in."""
    known = filled(definition.params, args)
    fields = tuple(replace(each, type=substitute(each.type, known)) for each in definition.fields)
    return replace(definition, fields=fields)


class Fields:
    """Compares the fields of two records."""

    def __init__(
        self, values: "Values", axis: Axis, old: TypeDef, new: TypeDef, flow: Flow
    ) -> None:
        self._values = values
        self._axis = axis
        self._old, self._new = old, new
        self._flow = flow
        self._place = flow.place.inside(new.ref.qualname, new.span)

    def compare(self) -> None:
        """Compare them."""
        old = {self._key(field): field for field in self._old.fields}
        new = {self._key(field): field for field in self._new.fields}
        renamed = self._renamed(old, new)
        for name, field in old.items():
            if name in new:
                self._both(field, new[name])
            elif field not in renamed:
                self._gone(field)
        for name, field in new.items():
            if name not in old and field not in renamed:
                self._come(field)

    def _key(self, field: Field) -> str:
        return field.name if self._axis is Axis.PYTHON else field.wire_name

    def _at(self, field: Field) -> Place:
        here = field in self._new.fields
        span = field.span if here else self._new.span
        return self._place.inside(f"{self._new.ref.qualname}.{field.name}", span)

    def _renamed(self, old: dict[str, Field], new: dict[str, Field]) -> list[Field]:
        """Fields that have the same name in Python, and another on the wire."""
        gone = {field.name: field for name, field in old.items() if name not in new}
        found: list[Field] = []
        for name, field in new.items():
            before = gone.get(field.name)
            if name not in old and before is not None:
                found += [before, field]
                message = (
                    f"{self._at(field).label} is called {field.wire_name} on the wire, and was"
                    f" {before.wire_name}"
                )
                self._values.add("CW532", self._at(field), message)
        return found

    def _both(self, old: Field, new: Field) -> None:
        sent, taken = self._flow.in_order(old, new)
        place = self._at(new)
        if not self._always(sent) and taken.required:
            if self._flow.sender is Version.OLD:
                message = f"{place.label} must be given, and old clients may leave it out"
                self._values.add("CW531", place, message)
            else:
                message = f"{place.label} may be left out, and old clients need it"
                self._values.add("CW530", place, message)
        self._values.compare(old.type, new.type, self._flow.sender, place, "CW533")

    def _always(self, field: Field) -> bool:
        """Whether the sender is sure to send a field."""
        if field.required:
            return True
        # An object of a class has all its fields when it is sent; only a TypedDict may lack some.
        sender = self._old if self._flow.sender is Version.OLD else self._new
        return sender.kind is not TypeKind.TYPED_DICT and self._flow.sender is Version.NEW

    def _gone(self, field: Field) -> None:
        place = self._at(field)
        if self._axis is not Axis.WIRE:
            self._values.add("CW530", place, f"{place.label} is gone")
        elif self._flow.sender is Version.NEW:
            if field.required:
                message = f"{place.label} is sent no longer, and old clients need it"
                self._values.add("CW530", place, message)
        elif self._new.closed:
            message = f"{place.label} is refused, and old clients send it"
            self._values.add("CW530", place, message)

    def _come(self, field: Field) -> None:
        place = self._at(field)
        if self._flow.sender is Version.OLD:
            if field.required:
                message = f"{place.label} must be given, and old clients do not know it"
                self._values.add("CW531", place, message)
        elif self._old.closed:
            message = f"{place.label} is new, and old clients refuse fields that they do not know"
            self._values.add("CW534", place, message)
