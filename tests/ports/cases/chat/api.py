"""The way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict

from chat.events import Event, Message, Presence
from chat.ids import RoomId, UserId

if TYPE_CHECKING:
    from chat.people import Person, Profile
    from chat.rooms import ModeratedRoom, Room


class Subscription(Protocol):
    """Being told, until it is cancelled or given up."""

    async def cancel(self) -> None: ...
    @property
    def active(self) -> bool: ...


class Client(Protocol):
    """What a client offers to the service."""

    async def on_event(self, event: Event) -> None: ...
    async def on_invitation(self, sender: Person, room: Room) -> bool:
        """Told of an invitation.

        :returns: whether it is accepted.
        """
        ...

    @property
    def device(self) -> str: ...


class RoomSummary(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: RoomId
    members: int
    public: bool = True
    last: Message | None = None


class Account(Protocol):
    """What somebody who is logged in may do."""

    @property
    def me(self) -> Profile: ...
    async def set_presence(self, presence: Presence, status: str | None = None) -> None: ...
    async def presence_of(self, *users: UserId) -> dict[str, Presence]: ...
    async def watch_presence(
        self, users: list[UserId], callback: Callable[[UserId, Presence], None]
    ) -> Subscription: ...

    async def rooms(self) -> list[RoomSummary]: ...
    async def create_room(
        self, room_id: RoomId, topic: str | None = None, *, public: bool = True
    ) -> ModeratedRoom: ...
    async def join(self, room_id: RoomId) -> Room: ...
    async def room(self, room_id: RoomId) -> Room | None: ...
    async def moderate(self, room_id: RoomId) -> ModeratedRoom: ...
    async def person(self, user: UserId) -> Person: ...
    async def direct(self, user: UserId) -> Room: ...
    async def devices(self) -> list[str]: ...
    async def logout(self) -> None: ...


class Chat(Protocol):
    """Whoever comes in."""

    async def register(self, user: UserId, name: str, password: str) -> None: ...
    async def login(self, user: UserId, password: str, client: Client | None = None) -> Account:
        """Log in.

        :param user: as registered.
        :param password: as registered.
        :param client: is told of everything, for as long as one is logged in.
        """
        ...

    async def public_rooms(self, *, at_least: int = 0) -> list[RoomSummary]: ...
