"""What goes by reference: interfaces and functions, alone and inside of other types."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field


@runtime_checkable
class Channel(Protocol):
    async def send(self, text: str) -> None: ...
    async def reply(self) -> "Channel": ...


@dataclass
class Room:
    """A place."""

    name: str
    channel: Channel
    tags: list[str] = field(default_factory=list[str])
    limit: int = 10
    inner: "Room | None" = None


class Invitation(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    to: str = Field(alias="recipient")
    channels: list[Channel] = []
    on_answer: Callable[[bool], Awaitable[None]] | None = None


class Capabilities(Protocol):
    async def join(self, channel: Channel, spare: Channel | None = None) -> Channel: ...
    async def all(self, *channels: Channel, by_name: dict[str, Channel]) -> list[Channel]: ...
    async def either(self) -> Channel | str | None: ...
    async def pair(self) -> tuple[int, Channel]: ...
    async def room(self, room: Room) -> Room: ...
    async def rooms(self) -> dict[str, list[Room]]: ...
    async def invite(self, invitation: Invitation) -> Invitation | None: ...
    async def call(self, ask: Callable[[str, Room], Awaitable[Channel]]) -> Room | None: ...
    async def plain(self, ask: Callable[[], int]) -> Callable[[Channel], None]: ...
    async def coroutine(self, go: Callable[[], Coroutine[Any, Any, int]]) -> None: ...
    async def nested(self, give: Callable[[Callable[[int], str]], Channel]) -> None: ...
