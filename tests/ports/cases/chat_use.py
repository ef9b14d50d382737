"""What clients of the chat do."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import assert_type

import capnweb_runtime as rpc
from chat.api_rpc import (
    AccountPromise,
    ChatStub,
    ClientTarget,
    MessagePromise,
    ModeratedRoomPromise,
    PersonStub,
    RoomPromise,
    RoomStub,
)
from chat.events import (
    Event,
    File,
    Membership,
    Poll,
    Posted,
    Presence,
    PresenceChanged,
    Role,
    RoomEvent,
    Text,
)
from chat.ids import MessageId, RoomId, UserId
from chat_server import OneChat

STUB = ChatStub
TARGET = OneChat

ADA, BOB, CY = UserId("ada"), UserId("bob"), UserId("cy")
LOUNGE = RoomId("lounge")


class Phone(ClientTarget):
    """What a client offers."""

    def __init__(self, device: str, *, accepts: bool = True) -> None:
        self._device, self._accepts = device, accepts
        self.events: list[Event] = []
        self.invited: list[str] = []
        self.room: RoomStub | None = None

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    async def on_invitation(self, sender: PersonStub, room: RoomStub) -> bool:
        name, topic = await asyncio.gather(sender.profile.name, room.topic)
        self.invited.append(f"{name} to {topic}")
        if self._accepts:
            self.room = room.dup()
        return self._accepts

    @property
    def device(self) -> str:
        return self._device

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]


async def use(chat: ChatStub) -> None:
    await asyncio.gather(
        *(chat.register(user, user.capitalize(), "pw") for user in (ADA, BOB, CY))
    )
    try:
        await chat.register(ADA, "Ada again", "")
    except ValueError as error:
        assert str(error) == "ada is taken"
    else:
        raise AssertionError("there are two")
    try:
        await chat.login(ADA, "guess").rooms()
    except PermissionError:
        pass
    else:
        raise AssertionError("guessed")
    phone, tablet = Phone("ada's phone"), Phone("bob's tablet")
    with chat.login(ADA, "pw", phone) as ada, chat.login(BOB, "pw", tablet) as bob:
        assert_type(ada, AccountPromise)
        with ada.create_room(LOUNGE, "Everything") as lounge:
            assert_type(lounge, ModeratedRoomPromise)
            await talking(ada, bob, lounge)
            assert phone.kinds == ["joined", *["posted"] * 3, "edited", "reacted", "redacted"]
            await reading(lounge, bob)
            await following(lounge, bob)
            await attachments(lounge)
            await invitations(chat, ada, lounge)
            await moderation(ada, bob, lounge)
        await presence(ada, bob, phone)
        assert await ada.devices() == ["ada's phone"]
        await ada.logout()
        assert await ada.devices() == []
        rooms = await chat.public_rooms(at_least=2)
        assert [(room.id, room.members) for room in rooms] == [(LOUNGE, 2)]


async def talking(
    ada: AccountPromise, bob: AccountPromise, lounge: ModeratedRoomPromise
) -> None:
    with bob.join(LOUNGE) as room:
        assert_type(room, RoomPromise)
        first = room.post("Hello")
        assert_type(first, MessagePromise)
        # An answer to a message that is only being sent.
        answer = await lounge.post(Text("Hello Bob"), reply_to=first.id)
        assert (answer.reply_to, answer.sender) == (await first.id, ADA)
        poll = await room.post(Poll("Lunch?", ["yes", "no"]))
        assert assert_type(poll.content, Text | File | Poll) == Poll("Lunch?", ["yes", "no"])
        await lounge.vote(poll.id, "yes")
        assert await room.vote(poll.id, "yes") == {"yes": 2}
        try:
            await room.vote(poll.id, "perhaps")
        except ValueError as error:
            assert "'perhaps'" in str(error)
        else:
            raise AssertionError("perhaps")
        edited = await room.edit(first.id, "Hello!")
        assert edited.edited
        assert await lounge.react(first.id, "wave") == 1
        try:
            await lounge.edit(first.id, "Goodbye")
        except PermissionError as error:
            assert str(error) == "it is not yours"
        else:
            raise AssertionError("another's message")
        assert await room.redact(poll.id, "decided")
        assert not await room.redact(poll.id)
        summary = (await ada.rooms())[0]
        assert summary.last is not None
        assert summary.last.content == Text("Hello Bob")
        assert await ada.rooms().map(lambda each: each.last.some.sender) == ["ada"]


async def reading(lounge: ModeratedRoomPromise, bob: AccountPromise) -> None:
    room = bob.room(LOUNGE)
    assert_type(room, rpc.OptionalPromise[RoomStub, RoomPromise])
    assert await bob.room(RoomId("nowhere")) is None
    assert await bob.room(RoomId("nowhere")).map(lambda each: each.topic) is None
    with room:
        there = room.some
        assert await there.unread == 2
        with there.thread(MessageId(1)) as thread:
            nested = thread.reply("And you?")
            assert await nested.reply_to == 1
            bodies = [reply.content async for reply in thread.replies()]
            assert bodies == [Text("Hello Bob"), Text("And you?")]
            root = await thread.root
            assert [reply.sender for reply in root.thread] == [ADA, BOB]
            assert root.reactions == {"wave": [ADA]}
        assert [m.id async for m in there.history(limit=2)] == [4, 2]
        assert [m.id async for m in there.history(MessageId(4))] == [2, 1]
        assert [m.id for m in await there.search("Hello", sender=BOB)] == [1]
        assert await there.read(nested.id) == 0
        assert await there.message(MessageId(99)) is None
        assert await there.message(MessageId(1)).some.sender == "bob"
        members = await there.members()
        assert members == {"ada": Role.OWNER, "bob": Role.MEMBER}
        # Who is here, from each person's own capability, in one round trip.
        names = there.people().map(lambda person: person.profile.name)
        assert await names == ["Ada", "Bob"]
        with await there.typing() as notice, await lounge.typing() as mine:
            assert await mine.others == [BOB]
            assert await notice.others == [ADA]


async def following(lounge: ModeratedRoomPromise, bob: AccountPromise) -> None:
    heard: list[RoomEvent] = []
    events = lounge.events()
    with lounge.subscribe(lambda event: heard.append(event)) as subscription:
        with bob.join(LOUNGE) as room:
            assert await subscription.active
            await room.post("quietly", silent=True)
            message = await room.post("aloud")
        assert heard == [Membership(BOB, "joined"), Posted(message)]
        await subscription.cancel()
        assert not await subscription.active
    read: list[RoomEvent] = []
    async for event in events:
        read.append(event)
        if len(read) == len(heard):
            break
    assert read == heard


async def attachments(lounge: ModeratedRoomPromise) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"GIF", b"89a", b"..."):
            yield piece

    sent = lounge.attach("cat.gif", "image/gif", pieces())
    assert (await sent).content == File("cat.gif", "image/gif", 9)
    assert b"".join([chunk async for chunk in lounge.attachment(sent.id)]) == b"GIF89a..."
    again = await lounge.attach("copy.gif", "image/gif", lounge.attachment(sent.id))
    assert again.content == File("copy.gif", "image/gif", 9)
    try:
        async for _ in lounge.attachment(MessageId(1)):
            raise AssertionError("nothing is attached")
    except LookupError as error:
        assert "attached to 1" in str(error)
    assert await lounge.picture() is None
    await lounge.set_picture(rpc.Blob(b"GIF", "image/gif"))
    picture = await lounge.picture()
    assert assert_type(picture, rpc.Blob | None) == rpc.Blob(b"GIF", "image/gif")
    await lounge.set_picture(None)


async def invitations(
    chat: ChatStub, ada: AccountPromise, lounge: ModeratedRoomPromise
) -> None:
    try:
        await ada.person(CY).invite(lounge)
    except PermissionError as error:
        assert str(error) == "cy does not want to"
    else:
        raise AssertionError("cy was not asked")
    laptop = Phone("cy's laptop")
    with chat.login(CY, "pw", laptop):
        await ada.person(CY).invite(lounge)
        assert laptop.invited == ["Ada to Everything"]
        assert laptop.room is not None
        # The room came as a capability of Ada's.
        with laptop.room as room:
            assert (await room.post("Thank you")).sender == ADA
        common = ada.person(CY).rooms_in_common()
        assert await common.map(lambda each: each.id) == ["lounge"]


async def moderation(
    ada: AccountPromise, bob: AccountPromise, lounge: ModeratedRoomPromise
) -> None:
    try:
        await bob.moderate(LOUNGE).purge(ADA)
    except PermissionError as error:
        assert str(error) == "you are no moderator of lounge"
    else:
        raise AssertionError("bob is no moderator")
    # A Room is no ModeratedRoom, whatever class the server made it of.
    with await bob.join(LOUNGE) as room:
        assert not hasattr(room, "ban")
    assert await lounge.promote(BOB, Role.MODERATOR) is Role.MEMBER
    with bob.moderate(LOUNGE) as theirs:
        await theirs.ban(CY, reason="spam")
        try:
            await lounge.promote(CY, Role.OWNER)
        except LookupError as error:
            assert str(error) == "cy is not here"
        else:
            raise AssertionError("cy was banned")
        assert await theirs.purge(BOB) == [1, 4, 5, 6]
        await theirs.unban(CY)
    await ada.direct(BOB).set_topic(None)
    assert await bob.direct(ADA).post("psst").room == "ada & bob"


async def presence(ada: AccountPromise, bob: AccountPromise, phone: Phone) -> None:
    seen: list[tuple[UserId, Presence]] = []

    def see(user: UserId, presence: Presence) -> None:
        seen.append((user, presence))

    with ada.watch_presence([BOB, CY], see) as watch:
        await bob.set_presence(Presence.BUSY, "lunch")
        await ada.set_presence(Presence.ONLINE)
        assert await watch.active
    assert seen == [(BOB, Presence.BUSY)]
    await bob.set_presence(Presence.ONLINE)
    assert seen == [(BOB, Presence.BUSY)]
    assert phone.events[-1] == PresenceChanged(BOB, Presence.ONLINE)
    assert await ada.presence_of(BOB, CY) == {"bob": Presence.ONLINE, "cy": Presence.OFFLINE}
    me = await bob.me
    assert (me["id"], me["last_seen"], "status" in me) == (BOB, None, False)
