"""A large module of interfaces, for measuring the generator: the same text for the same size.

What the internal API of a company looks like when it has grown: a service for each kind of thing,
that finds, lists, changes, watches and exports it, and leads to others. Each has 20 methods, a
property, and a model of its own; pages, changes and small values are shared.
"""

from typing import Final

__all__ = ["big_api"]

_HEAD: Final = '''"""All services of the company."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, Literal, NamedTuple, NewType, Protocol, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")

AccountId = NewType("AccountId", int)


class State(Enum):
    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Money(NamedTuple):
    amount: int
    currency: str


@dataclass
class Attachment:
    name: str
    content: bytes
    media_type: str = "application/octet-stream"


class Page(BaseModel, Generic[T]):
    items: list[T]
    next_token: str | None = None


class Change(BaseModel, Generic[T]):
    kind: Literal["created", "updated", "deleted"]
    value: T
    at: datetime


class Subscription(Protocol):
    async def cancel(self) -> None: ...
'''

_SERVICE: Final = '''

class {name}(BaseModel):
    """A {noun} as it is stored."""

    id: int
    title: str = Field(min_length=1)
    owner: AccountId
    state: State = State.DRAFT
    labels: list[str] = []
    scores: dict[str, float] = {{}}
    parent: "{name} | None" = None
    created_at: datetime


class {name}Service(Protocol):
    """Everything about {noun}s."""

    @property
    def name(self) -> str: ...

    async def get(self, {noun}_id: int) -> {name}:
        """One {noun}.

        Args:
            {noun}_id: as `create` gave it.
        """
        ...

    async def find(self, title: str, *, state: State | None = None) -> {name} | None: ...
    async def get_many(self, {noun}_ids: list[int]) -> list[{name}]: ...
    async def list_ids(self, owner: AccountId, /, limit: int = 100) -> list[int]: ...
    async def page(self, token: str | None = None, *, limit: int = 20) -> Page[{name}]: ...
    async def by_title(self, titles: list[str]) -> dict[str, {name}]: ...
    async def count(self, *states: State) -> int: ...
    async def exists(self, {noun}_id: int) -> bool: ...
    async def create(self, {noun}: {name}, *, notify: bool = True) -> int:
        """Store a {noun} and return its number."""
        ...

    async def update(self, {noun}: {name}, fields: list[str] | None = None) -> {name}: ...
    async def delete(self, {noun}_id: int) -> None: ...
    async def move(self, {noun}_id: int, to: "{name} | None") -> tuple[int, {name}]: ...
    async def rename(self, {noun}_id: int, title: str = "untitled") -> str: ...
    async def related(self) -> "{other}Service": ...
    async def price(self, {noun}_id: int, at: datetime | None = None) -> Money: ...
    async def history(self, {noun}_id: int, since: datetime) -> list[Change[{name}]]: ...
    async def watch(
        self, on_change: Callable[[Change[{name}]], Awaitable[None]], *, replay: bool = False
    ) -> Subscription: ...
    async def attach(self, {noun}_id: int, attachment: Attachment) -> int: ...
    def export(self, chunk: int = 65536) -> AsyncIterator[bytes]: ...
    async def load(self, rows: AsyncIterator[{name}]) -> int: ...
'''


def big_api(interfaces: int) -> str:
    """The text of a module with so many services."""
    services = [
        _SERVICE.format(
            name=f"Item{number:03}",
            noun=f"item{number:03}",
            other=f"Item{(number + 1) % interfaces:03}",
        )
        for number in range(interfaces)
    ]
    return _HEAD + "".join(services)
