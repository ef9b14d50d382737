"""A chat service in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import capnweb_runtime as rpc
from chat.api import RoomSummary
from chat.api_rpc import (
    AccountTarget,
    ChatTarget,
    ClientStub,
    ModeratedRoomTarget,
    PersonTarget,
    RoomStub,
    SubscriptionTarget,
    ThreadTarget,
    TypingNoticeTarget,
)
from chat.events import (
    Content,
    Edited,
    Event,
    File,
    Membership,
    Message,
    Poll,
    Posted,
    Presence,
    PresenceChanged,
    Reacted,
    Redacted,
    Role,
    RoomEvent,
    Text,
)
from chat.ids import MessageId, RoomId, UserId
from chat.people import Profile

Listener = rpc.Callback[[rpc.Arg[RoomEvent]], rpc.Promise[None]]

_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class User:
    id: UserId
    name: str
    password: str
    presence: Presence = Presence.OFFLINE
    status: str | None = None
    clients: list[ClientStub] = field(default_factory=lambda: [])


@dataclass(eq=False)
class Stored:
    id: RoomId
    topic: str | None
    public: bool
    members: dict[UserId, Role]
    banned: set[UserId] = field(default_factory=set[UserId])
    messages: dict[MessageId, Message] = field(default_factory=dict[MessageId, Message])
    files: dict[MessageId, bytes] = field(default_factory=dict[MessageId, bytes])
    read: dict[UserId, int] = field(default_factory=dict[UserId, int])
    typing: list[UserId] = field(default_factory=list[UserId])
    picture: rpc.Blob | None = None
    listeners: list[Listener] = field(default_factory=lambda: [])
    queues: list[asyncio.Queue[RoomEvent]] = field(default_factory=lambda: [])

    def summary(self) -> RoomSummary:
        last = list(self.messages.values())[-1] if self.messages else None
        return RoomSummary(id=self.id, members=len(self.members), public=self.public, last=last)


@dataclass(eq=False)
class World:
    users: dict[UserId, User] = field(default_factory=dict[UserId, User])
    rooms: dict[RoomId, Stored] = field(default_factory=dict[RoomId, Stored])
    watchers: list[tuple[list[UserId], rpc.Callback[..., rpc.Promise[None]]]] = field(
        default_factory=lambda: []
    )
    messages: int = 0

    def user(self, user: UserId) -> User:
        if user not in self.users:
            raise LookupError(f"nobody is called {user}")
        return self.users[user]

    async def tell(self, room: Stored, event: RoomEvent) -> None:
        for queue in room.queues:
            queue.put_nowait(event)
        for listener in tuple(room.listeners):
            await listener(event)
        for member in tuple(room.members):
            await self.tell_user(self.user(member), event)

    async def tell_user(self, user: User, event: Event) -> None:
        for client in tuple(user.clients):
            await client.on_event(event)


class Cancellable(SubscriptionTarget):
    def __init__(self, kept: Listener, everybody: list[Listener]) -> None:
        self._kept, self._everybody = kept, everybody

    @property
    def active(self) -> bool:
        return self._kept in self._everybody

    def cancel(self) -> None:
        if self.active:
            self._everybody.remove(self._kept)
            self._kept.dispose()

    def __exit__(self, *exc: object) -> None:
        self.cancel()


class Events(AsyncIterator[RoomEvent]):
    """What happens in a room from now on: not only from when the first event is asked for."""

    def __init__(self, room: Stored) -> None:
        self._room, self._queue = room, asyncio.Queue[RoomEvent]()
        room.queues.append(self._queue)

    async def __anext__(self) -> RoomEvent:
        return await self._queue.get()

    async def aclose(self) -> None:
        self._room.queues.remove(self._queue)


class Notice(TypingNoticeTarget):
    def __init__(self, room: Stored, user: UserId) -> None:
        self._room, self._user = room, user
        room.typing.append(user)

    @property
    def others(self) -> list[UserId]:
        return [user for user in self._room.typing if user != self._user]

    def __exit__(self, *exc: object) -> None:
        self._room.typing.remove(self._user)


class OneThread(ThreadTarget):
    def __init__(self, room: OneRoom, message: MessageId) -> None:
        self._room, self._message = room, message

    @property
    def root(self) -> Message:
        return self._room.at(self._message)

    async def reply(self, content: Content | str) -> Message:
        return await self._room.post(content, reply_to=self._message)

    async def replies(self) -> AsyncIterator[Message]:
        for reply in self.root.thread:
            yield reply


class OneRoom(ModeratedRoomTarget):
    """A room for one user; moderators get more of it."""

    def __init__(self, world: World, room: Stored, user: UserId) -> None:
        self._world, self._room, self._user = world, room, user

    def at(self, message: MessageId) -> Message:
        if message not in self._room.messages:
            raise LookupError(f"no message {message}")
        return self._room.messages[message]

    def _content(self, content: Content | str) -> Content:
        return Text(content) if isinstance(content, str) else content

    @property
    def id(self) -> RoomId:
        return self._room.id

    @property
    def topic(self) -> str | None:
        return self._room.topic

    @property
    def unread(self) -> int:
        return len([id for id in self._room.messages if id > self._room.read.get(self._user, 0)])

    def set_topic(self, topic: str | None) -> None:
        self._room.topic = topic

    def members(self) -> dict[str, Role]:
        return {str(user): role for user, role in self._room.members.items()}

    def people(self) -> list[OnePerson]:
        return [OnePerson(self._world, user, self._user) for user in self._room.members]

    async def post(
        self, content: Content | str, *, reply_to: MessageId | None = None, silent: bool = False
    ) -> Message:
        if self._user in self._room.banned:
            raise PermissionError(f"{self._user} is banned")
        self._world.messages += 1
        made = Message(
            MessageId(self._world.messages),
            self._room.id,
            self._user,
            self._content(content),
            _START + timedelta(seconds=self._world.messages),
            reply_to=reply_to,
        )
        self._room.messages[made.id] = made
        if reply_to is not None:
            root = self.at(reply_to)
            self._room.messages[reply_to] = replace(root, thread=[*root.thread, made])
        if not silent:
            await self._world.tell(self._room, Posted(made))
        return made

    async def edit(self, message: MessageId, content: Content | str) -> Message:
        before = self.at(message)
        if before.sender != self._user:
            raise PermissionError("it is not yours")
        made = replace(before, content=self._content(content), edited=True)
        self._room.messages[message] = made
        await self._world.tell(self._room, Edited(made))
        return made

    async def redact(self, message: MessageId, reason: str | None = None) -> bool:
        if self._room.messages.pop(message, None) is None:
            return False
        await self._world.tell(self._room, Redacted(message, self._user))
        return True

    async def react(self, message: MessageId, reaction: str) -> int:
        before = self.at(message)
        users = [*before.reactions.get(reaction, []), self._user]
        reactions = {**before.reactions, reaction: users}
        self._room.messages[message] = replace(before, reactions=reactions)
        await self._world.tell(self._room, Reacted(message, self._user, reaction))
        return len(users)

    def vote(self, message: MessageId, option: str) -> dict[str, int]:
        before = self.at(message)
        poll = before.content
        if not isinstance(poll, Poll) or option not in poll.options:
            raise ValueError(f"{option!r} is not to be voted for")
        votes = {**poll.votes, option: poll.votes.get(option, 0) + 1}
        self._room.messages[message] = replace(before, content=replace(poll, votes=votes))
        return votes

    def message(self, message: MessageId) -> Message | None:
        return self._room.messages.get(message)

    def thread(self, message: MessageId) -> OneThread:
        return OneThread(self, message)

    async def history(
        self, before: MessageId | None = None, *, limit: int = 100
    ) -> AsyncIterator[Message]:
        found = [id for id in self._room.messages if before is None or id < before]
        for id in sorted(found, reverse=True)[:limit]:
            yield self._room.messages[id]

    def search(self, *words: str, sender: UserId | None = None) -> list[Message]:
        return [
            message
            for message in self._room.messages.values()
            if isinstance(message.content, Text)
            and all(word in message.content.body for word in words)
            and sender in {None, message.sender}
        ]

    def read(self, up_to: MessageId) -> int:
        self._room.read[self._user] = up_to
        return self.unread

    def typing(self) -> Notice:
        return Notice(self._room, self._user)

    def events(self) -> AsyncIterator[RoomEvent]:
        return Events(self._room)

    def subscribe(self, listener: Listener) -> Cancellable:
        kept = listener.dup()
        self._room.listeners.append(kept)
        return Cancellable(kept, self._room.listeners)

    async def attach(self, name: str, media_type: str, data: AsyncIterator[bytes]) -> Message:
        content = b"".join([chunk async for chunk in data])
        made = await self.post(File(name, media_type, len(content)))
        self._room.files[made.id] = content
        return made

    async def attachment(self, message: MessageId) -> AsyncIterator[bytes]:
        if message not in self._room.files:
            raise LookupError(f"nothing is attached to {message}")
        content = self._room.files[message]
        for start in range(0, len(content), 3):
            yield content[start : start + 3]

    def set_picture(self, picture: rpc.Blob | None) -> None:
        self._room.picture = picture

    def picture(self) -> rpc.Blob | None:
        return self._room.picture

    async def leave(self) -> None:
        self._room.members.pop(self._user, None)
        await self._world.tell(self._room, Membership(self._user, "left"))

    # ---- what only moderators get

    async def ban(self, user: UserId, *, reason: str = "") -> None:
        self._room.members.pop(user, None)
        self._room.banned.add(user)
        await self._world.tell(self._room, Membership(user, "banned"))

    def unban(self, user: UserId) -> None:
        self._room.banned.discard(user)

    def promote(self, user: UserId, role: Role) -> Role:
        before = self._room.members.get(user)
        if before is None:
            raise LookupError(f"{user} is not here")
        self._room.members[user] = role
        return before

    def purge(self, user: UserId) -> list[MessageId]:
        gone = [id for id, message in self._room.messages.items() if message.sender == user]
        for id in gone:
            del self._room.messages[id]
        return gone


class OnePerson(PersonTarget):
    def __init__(self, world: World, user: UserId, asker: UserId) -> None:
        self._world, self._user, self._asker = world, user, asker

    @property
    def profile(self) -> Profile:
        return profile(self._world.user(self._user))

    def rooms_in_common(self) -> list[OneRoom]:
        return [
            OneRoom(self._world, room, self._asker)
            for room in self._world.rooms.values()
            if {self._user, self._asker} <= room.members.keys()
        ]

    async def invite(self, room: RoomStub) -> None:
        asker = OnePerson(self._world, self._asker, self._user)
        for client in self._world.user(self._user).clients:
            if await client.on_invitation(asker, room):
                stored = self._world.rooms[await room.id]
                stored.members[self._user] = Role.MEMBER
                return
        raise PermissionError(f"{self._user} does not want to")


def profile(user: User) -> Profile:
    made = Profile(id=user.id, name=user.name, presence=user.presence, last_seen=None)
    if user.status:
        made["status"] = user.status
    return made


class OneAccount(AccountTarget):
    def __init__(self, world: World, user: User, client: ClientStub | None) -> None:
        self._world, self._user, self._client = world, user, client

    @property
    def me(self) -> Profile:
        return profile(self._user)

    async def set_presence(self, presence: Presence, status: str | None = None) -> None:
        self._user.presence, self._user.status = presence, status
        for users, callback in tuple(self._world.watchers):
            if self._user.id in users:
                await callback(self._user.id, presence)
        event = PresenceChanged(self._user.id, presence)
        for user in self._world.users.values():
            await self._world.tell_user(user, event)

    def presence_of(self, *users: UserId) -> dict[str, Presence]:
        return {str(user): self._world.user(user).presence for user in users}

    def watch_presence(
        self,
        users: list[UserId],
        callback: rpc.Callback[[rpc.Arg[UserId], rpc.Arg[Presence]], rpc.Promise[None]],
    ) -> PresenceWatch:
        return PresenceWatch(self._world, users, callback.dup())

    def rooms(self) -> list[RoomSummary]:
        rooms = self._world.rooms.values()
        return [room.summary() for room in rooms if self._user.id in room.members]

    def create_room(
        self, room_id: RoomId, topic: str | None = None, *, public: bool = True
    ) -> OneRoom:
        if room_id in self._world.rooms:
            raise ValueError(f"{room_id} is there already")
        members = {self._user.id: Role.OWNER}
        room = self._world.rooms[room_id] = Stored(room_id, topic, public, members)
        return OneRoom(self._world, room, self._user.id)

    def _stored(self, room_id: RoomId) -> Stored:
        if room_id not in self._world.rooms:
            raise LookupError(f"no room {room_id}")
        return self._world.rooms[room_id]

    async def join(self, room_id: RoomId) -> OneRoom:
        room = self._stored(room_id)
        if not room.public or self._user.id in room.banned:
            raise PermissionError(f"{room_id} is not for you")
        room.members[self._user.id] = Role.MEMBER
        await self._world.tell(room, Membership(self._user.id, "joined"))
        return OneRoom(self._world, room, self._user.id)

    def room(self, room_id: RoomId) -> OneRoom | None:
        room = self._world.rooms.get(room_id)
        if room is None or self._user.id not in room.members:
            return None
        return OneRoom(self._world, room, self._user.id)

    def moderate(self, room_id: RoomId) -> OneRoom:
        room = self._stored(room_id)
        if room.members.get(self._user.id) not in {Role.MODERATOR, Role.OWNER}:
            raise PermissionError(f"you are no moderator of {room_id}")
        return OneRoom(self._world, room, self._user.id)

    def person(self, user: UserId) -> OnePerson:
        self._world.user(user)
        return OnePerson(self._world, user, self._user.id)

    def direct(self, user: UserId) -> OneRoom:
        name = RoomId(" & ".join(sorted([self._user.id, user])))
        members = {self._user.id: Role.OWNER, user: Role.OWNER}
        room = self._world.rooms.setdefault(name, Stored(name, None, False, members))
        return OneRoom(self._world, room, self._user.id)

    async def devices(self) -> list[str]:
        return list(await asyncio.gather(*(client.device for client in self._user.clients)))

    def logout(self) -> None:
        if self._client is not None and self._client in self._user.clients:
            self._user.clients.remove(self._client)
            self._client.dispose()

    def __exit__(self, *exc: object) -> None:
        self.logout()


class PresenceWatch(SubscriptionTarget):
    def __init__(
        self,
        world: World,
        users: list[UserId],
        callback: rpc.Callback[[rpc.Arg[UserId], rpc.Arg[Presence]], rpc.Promise[None]],
    ) -> None:
        self._world, self._watcher = world, (users, callback)
        world.watchers.append(self._watcher)

    @property
    def active(self) -> bool:
        return self._watcher in self._world.watchers

    def cancel(self) -> None:
        if self.active:
            self._world.watchers.remove(self._watcher)
            self._watcher[1].dispose()

    def __exit__(self, *exc: object) -> None:
        self.cancel()


class OneChat(ChatTarget):
    def __init__(self) -> None:
        self._world = World()

    def register(self, user: UserId, name: str, password: str) -> None:
        if user in self._world.users:
            raise ValueError(f"{user} is taken")
        self._world.users[user] = User(user, name, password)

    def login(
        self, user: UserId, password: str, client: ClientStub | None = None
    ) -> OneAccount:
        found = self._world.user(user)
        if found.password != password:
            raise PermissionError("wrong password")
        kept = None if client is None else client.dup()
        found.clients += [] if kept is None else [kept]
        return OneAccount(self._world, found, kept)

    def public_rooms(self, *, at_least: int = 0) -> list[RoomSummary]:
        return [
            room.summary()
            for room in self._world.rooms.values()
            if room.public and len(room.members) >= at_least
        ]
