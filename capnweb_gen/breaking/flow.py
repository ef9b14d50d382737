"""What flows from one peer to the other, where one is of the previous contract."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from capnweb_gen.breaking.findings import Place
from capnweb_gen.ir import Type

__all__ = ["Flow", "Version"]

T = TypeVar("T")


class Version(Enum):
    """Of which contract a peer is."""

    OLD = "old"
    NEW = "new"

    @property
    def other(self) -> "Version":
        """Its peer."""
        return Version.NEW if self is Version.OLD else Version.OLD


@dataclass(frozen=True, slots=True)
class Flow:
    """A value on its way.

    Attributes:
        sender: who sends it.
        place: where it is found.
        code: what is broken if its types do not fit.
        old: its type in the previous contract.
        new: its type in the current one.
    """

    sender: Version
    place: Place
    code: str
    old: Type
    new: Type

    @property
    def sent(self) -> Type:
        """The type that it is sent as."""
        return self.old if self.sender is Version.OLD else self.new

    @property
    def taken(self) -> Type:
        """The type that is expected."""
        return self.new if self.sender is Version.OLD else self.old

    def in_order(self, one: T, other: T) -> tuple[T, T]:
        """Of what is sent and what is taken the old and the new; and the other way round."""
        return (one, other) if self.sender is Version.OLD else (other, one)
