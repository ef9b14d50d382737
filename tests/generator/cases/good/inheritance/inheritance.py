"""Interfaces that extend others."""

from typing import Protocol, Self

from pydantic import BaseModel


class Person(BaseModel):
    name: str


class Employee(Person):
    boss: Person | None = None


class Named(Protocol):
    """Something with a name."""

    version: str

    @property
    def name(self) -> str:
        """What it is called."""
        ...


class Closable(Protocol):
    async def close(self) -> None: ...
    async def copy(self) -> Self: ...


class Directory(Named, Closable, Protocol):
    """A directory of people."""

    async def find(self, name: str) -> Person | None:
        """The person of a name.

        Args:
            name: in full.
        """
        ...


class Staff(Directory, Protocol):
    async def find(self, name: str) -> Employee | None: ...

    def _private(self) -> None: ...
