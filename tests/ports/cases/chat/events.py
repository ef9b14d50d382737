"""What happens, told apart by ``type``; as dataclasses."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated, Literal

from pydantic import Field

from .ids import MessageId, RoomId, UserId


class Presence(StrEnum):
    ONLINE = auto()
    AWAY = auto()
    BUSY = auto()
    OFFLINE = auto()


class Role(StrEnum):
    MEMBER = auto()
    MODERATOR = auto()
    OWNER = auto()


@dataclass(frozen=True, slots=True)
class Mention:
    user: UserId
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    body: str
    mentions: list[Mention] = field(default_factory=list[Mention])
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    size: int
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class Poll:
    question: str
    options: list[str]
    votes: dict[str, int] = field(default_factory=dict[str, int])
    kind: Literal["poll"] = "poll"


Content = Annotated[Text | File | Poll, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Message:
    """A message, with the answers to it.

    :ivar thread: the answers, each of which may have answers.
    """

    id: MessageId
    room: RoomId
    sender: UserId
    content: Content
    at: datetime
    edited: bool = False
    reactions: dict[str, list[UserId]] = field(default_factory=dict[str, list[UserId]])
    reply_to: MessageId | None = None
    thread: "list[Message]" = field(default_factory=lambda: [])


@dataclass(frozen=True, slots=True)
class Posted:
    message: Message
    type: Literal["posted"] = "posted"


@dataclass(frozen=True, slots=True)
class Edited:
    message: Message
    type: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class Redacted:
    id: MessageId
    by: UserId
    type: Literal["redacted"] = "redacted"


@dataclass(frozen=True, slots=True)
class Membership:
    user: UserId
    type: Literal["joined", "left", "banned"]


@dataclass(frozen=True, slots=True)
class Reacted:
    id: MessageId
    by: UserId
    reaction: str
    type: Literal["reacted"] = "reacted"


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    user: UserId
    presence: Presence
    type: Literal["presence"] = "presence"


RoomEvent = Annotated[
    Posted | Edited | Redacted | Membership | Reacted, Field(discriminator="type")
]
"""What happens in a room."""

Event = Posted | Edited | Redacted | Membership | Reacted | PresenceChanged
"""What a client that follows everything is told."""
