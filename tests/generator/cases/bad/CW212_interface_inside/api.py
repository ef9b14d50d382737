from collections.abc import AsyncIterator
from typing import Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict, TypeAliasType, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Channel(Protocol):
    async def send(self, text: str) -> None: ...


class Entry(NamedTuple):
    name: str
    channel: Channel


class Options(TypedDict):
    channel: Channel


class Track(NamedTuple):
    title: str
    sound: AsyncIterator[bytes]


class Page(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: list[T]


class Box(BaseModel, Generic[T]):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    channel: Channel
    item: T


Tree = TypeAliasType("Tree", "list[Tree] | Channel")


class Api(Protocol):
    async def entries(self) -> list[Entry]: ...
    async def options(self, options: Options) -> Page[Channel]: ...
    async def box(self) -> Box[int]: ...
    async def tree(self) -> Tree: ...
    async def track(self) -> Track: ...
    async def pages(self) -> Page[AsyncIterator[int]]: ...
