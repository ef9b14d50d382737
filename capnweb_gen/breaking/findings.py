"""What was found, where, and along which axes."""

from dataclasses import dataclass

from capnweb_gen.breaking.rules import RULES, Axis
from capnweb_gen.diagnostics import Report, Span

__all__ = ["Finding", "Findings", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the current contract, or where one has been.

    Attributes:
        label: what people call it, such as `Api.get_user(user_id)`.
        span: where it is now; of what is gone, where it was part of.
    """

    label: str
    span: Span

    def inside(self, label: str, span: Span | None = None) -> "Place":
        """A part of it that has a label of its own."""
        return Place(label, span or self.span)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken at a place."""

    code: str
    place: Place
    message: str


class Findings:
    """The findings of all axes: the same along several is one."""

    def __init__(self) -> None:
        self._axes: dict[Finding, list[Axis]] = {}

    def add(self, axis: Axis, found: Finding) -> None:
        """Note a finding."""
        axes = self._axes.setdefault(found, [])
        if axis not in axes:
            axes.append(axis)

    def report(self, report: Report) -> None:
        """Report all."""
        for found, axes in self._axes.items():
            rule = RULES[found.code]
            note = f"{rule.name} ({', '.join(axis.value for axis in axes)})"
            # Names may be from a file that anybody has written.
            message = "".join(c if c.isprintable() else " " for c in found.message)
            report.add(found.code, found.place.span, message, rule.fix, (note,))
