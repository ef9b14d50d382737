"""Interfaces that extend others."""

from typing import Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

T = TypeVar("T")
S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)


class Person(BaseModel):
    name: str


class Employee(Person):
    boss: Person | None = None


class Staff(Protocol):
    """Defined before what it extends would be, were this not Python."""

    @property
    def size(self) -> int: ...


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


class EmployeeDirectory(Directory, Protocol):
    """Its result is a promise of another model, so that it is no DirectoryStub."""

    async def find(self, name: str) -> Employee | None: ...

    def _private(self) -> None: ...


# A diamond, with a member that only one side overrides; both sides return what they are.


class Query(Protocol):
    def where(self, condition: str) -> Self: ...
    async def count(self, limit: int = 10) -> int: ...
    async def first(self) -> int | str | None: ...
    async def source(self) -> Named: ...


class Sorted(Query, Protocol):
    def sorted(self, by: str) -> Self: ...


class Counted(Query, Protocol):
    async def count(self, limit: int | None = None, *, exact: bool = True) -> bool: ...
    async def first(self) -> int: ...
    async def source(self) -> Directory: ...


class Table(Sorted, Counted, Named, Protocol):
    async def drop(self) -> None: ...


class Narrow(Table, Protocol):
    """Adds nothing."""


# Generic ones.


class Reader(Protocol[T_co]):
    async def read(self) -> T_co: ...
    async def twin(self) -> Self: ...


class Repo(Reader[T], Protocol[T]):
    async def get(self, key: int) -> T: ...
    async def put(self, item: T) -> list[T]: ...


class Page(BaseModel, Generic[T]):
    items: list[T]


class Cache(Repo[Page[S]], Named, Protocol[S]):
    async def last(self) -> S | None: ...


class People(Repo[Person], Closable, Protocol):
    async def get(self, key: int) -> Person: ...


class PeopleCache(Cache[Person], Protocol):
    async def flush(self) -> None: ...


class Inheritance(Protocol):
    async def query(self, query: Query) -> Table: ...
    async def people(self, reader: Reader[Person]) -> People: ...
    async def cache(self) -> Cache[int]: ...
    async def staff(self) -> Staff: ...
