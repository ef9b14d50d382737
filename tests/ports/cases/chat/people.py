"""People, and their presence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from typing_extensions import NotRequired, TypedDict

from chat.events import Presence
from chat.ids import UserId

if TYPE_CHECKING:
    from chat.rooms import Room


class Profile(TypedDict):
    id: UserId
    name: str
    presence: Presence
    status: NotRequired[str]
    last_seen: datetime | None


class Person(Protocol):
    """Somebody else."""

    @property
    def profile(self) -> Profile: ...
    async def rooms_in_common(self) -> list[Room]: ...
    async def invite(self, room: Room) -> None:
        """Ask somebody into a room of one's own.

        :param room: a capability: whoever holds it may pass it on.
        """
        ...
