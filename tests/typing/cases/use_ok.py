"""Good use: every line passes both checkers, with exactly these types."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, assert_type

import capnweb_runtime as rpc
from api import Address, Color, Event, Group, Lobby, Movie, Page, Point, Room, Span, User, UserId
from api_rpc import (
    AddressPromise,
    ApiStub,
    ApiTarget,
    AuthedApiPromise,
    AuthedApiStub,
    ChannelPromise,
    ChannelStub,
    ChannelTarget,
    LobbyResult,
    MoviePromise,
    PagePromise,
    PointPromise,
    RepoPromise,
    RepoStub,
    RepoTarget,
    RoomPromise,
    RoomResult,
    SpanPromise,
    SubscriptionPromise,
    SubscriptionStub,
    UserPromise,
    UserRepoPromise,
    export_api,
    export_authed_api,
)
from streams_ok import Mailbox as MyChannel
from streams_ok import MyMedia

# ---- server


class MyAuthed:  # structural: no base class at all
    def __init__(self, uid: int) -> None:
        self.uid = uid

    def get_user_id(self) -> int:  # sync
        return self.uid

    async def get_friend_ids(self) -> list[int]:  # async
        return [2, 3]


class MyUsers:
    async def get(self, key: int) -> User:
        return db(key)

    def all(self) -> list[User]:
        return [db(1)]

    def put(self, item: User) -> None: ...

    def count(self) -> int:
        return 1


class MySource:
    latest = "now"

    def page(self) -> tuple[str, ...]:
        return ("a", "b")


class MySubscription:
    def cancel(self) -> None: ...


def db(number: int) -> User:
    tags = ["x", f"t{number}"]
    return User(id=number, name=f"u{number}", address=Address(street="s", city="c"), tags=tags)


class MyApi(ApiTarget):  # nominal: missing members are named where it is instantiated
    def __init__(self) -> None:
        self.listener: Callable[[Event], Awaitable[None]] | None = None
        self.channel: ChannelStub | None = None

    async def authenticate(self, token: str) -> MyAuthed:
        return MyAuthed(len(token))

    def get_user(self, user_id: int) -> User:
        return db(user_id)

    async def save_user(self, user: User) -> int:
        return user.id

    async def get_users(self, user_ids: list[int]) -> list[User]:
        return [db(number) for number in user_ids]

    async def list_ids(self) -> Sequence[int]:
        return [1, 2]

    # A parameter of callback type: the stub's own type, for dup() and pipelining ...
    async def subscribe(
        self, on_event: rpc.Callback[[rpc.Arg[Event]], rpc.Promise[None]]
    ) -> MySubscription:
        self.listener = on_event.dup()
        await on_event(Event(kind="joined", user=db(1)))
        return MySubscription()

    async def watch(
        self, ask: rpc.Callback[[rpc.Arg[int]], rpc.Promise[str]] | None = None
    ) -> None:
        if ask is not None:
            assert_type(await ask(1), str)

    async def lookup(self, key: str) -> User | None:
        return db(1) if key == "yes" else None

    async def find(self, key: str) -> User | Group:
        return Group(title=key)

    async def page(self, token: str | None = None) -> Page[User]:
        return Page[User](items=[db(1), db(2)])

    def users(self) -> MyUsers:
        return MyUsers()

    def source(self) -> MySource:
        return MySource()

    def user_repo(self) -> MyUsers:
        return MyUsers()

    async def channels(self) -> list[MyChannel]:
        return [MyChannel(), MyChannel()]

    async def channel_or_note(self) -> MyChannel | str:
        return "none today"

    async def room(self, room_id: int) -> Room:
        return Room(id=room_id, channel=MyChannel())

    async def lobby(self) -> Lobby:
        return Lobby(rooms=[])

    async def enter(self, room: RoomResult) -> None:
        assert_type(room.channel, ChannelStub)
        assert_type(room.neighbour, RoomResult | None)
        if room.on_close is not None:
            assert_type(await room.on_close(), None)

    async def join(self, channel: ChannelStub, spare: ChannelStub | None = None) -> None:
        self.channel = channel.dup()

    async def counts(self) -> dict[str, User]:
        return {"a": db(1)}

    def pair(self) -> tuple[int, User]:
        return (1, db(1))

    def many(self) -> tuple[int, ...]:
        return (1, 2, 3)

    async def paint(self, color: Color, role: Literal["admin", "user"] = "user") -> Color:
        return color

    async def search(self, query: str, /, *tags: str, limit: int = 10) -> list[User]:
        return [db(number) for number in range(limit)]

    async def plot(self, point: Point, movie: Movie, span: Span) -> Span:
        return span

    def rename(self, user_id: UserId, share: int) -> UserId:
        return user_id

    def since(self, when: datetime, extra: Any = None) -> bytes:
        return b""

    def media(self) -> MyMedia:
        return MyMedia()

    async def callback(self) -> Callable[[int], Awaitable[User]]:
        async def answer(number: int) -> User:
            return db(number)

        return answer

    @property
    def motd(self) -> str:
        return "hi"

    @property
    async def me(self) -> User:
        return db(9)


class PartOfApi(ApiTarget):
    # ... or the wider type of the Protocol; and a stub or promise where an object is expected.
    async def subscribe(
        self, on_event: Callable[[Event], Awaitable[None]]
    ) -> MySubscription | SubscriptionStub:
        await on_event(Event(kind="left", user=db(1)))
        return MySubscription()

    def authenticate(self, token: str) -> AuthedApiPromise | MyAuthed:
        raise NotImplementedError

    def get_user(self, user_id: int) -> UserPromise:
        return UserPromise.of(id=user_id, name="", address=Address(street="", city=""))

    def get_users(self, user_ids: list[int]) -> list[UserPromise | User]:
        return [self.get_user(number) for number in user_ids]


# ---- client


async def pipelining(api: ApiStub) -> None:
    # A promise has the members of what it will be.
    authed = api.authenticate("tok")
    assert_type(authed, AuthedApiPromise)
    assert_type(authed.get_user_id(), rpc.Promise[int])
    assert_type(authed.get_friend_ids(), rpc.ListPromise[int, rpc.Promise[int]])
    assert_type(await authed, AuthedApiStub)
    me = api.get_user(authed.get_user_id())
    assert_type(me, UserPromise)
    assert_type(await me, User)
    assert_type(await rpc.within(5, me), User)
    assert_type(await rpc.within(0.5, me.address.city), str)
    assert_type(await rpc.within(None, authed), AuthedApiStub)
    assert_type(me.address, AddressPromise)
    assert_type(me.address.city, rpc.Promise[str])
    assert_type(await me.address.city, str)
    assert_type(me.role, rpc.Promise[Literal["admin", "user"]])
    assert_type(me.color, rpc.Promise[Color])
    assert_type(me.dup_, rpc.Promise[str])  # the field called `dup`
    assert_type(me.dup(), UserPromise)  # the operation
    assert_type(api.motd, rpc.Promise[str])
    assert_type(await api.motd, str)
    assert_type(api.me.address.city, rpc.Promise[str])

    # Recursive models.
    assert_type(me.reports[0].reports[1].name, rpc.Promise[str])
    assert_type(me.manager.some.manager.some.name, rpc.Promise[str])
    assert_type(await me.manager, User | None)


async def containers(api: ApiStub) -> None:
    found = api.lookup("yes")
    assert_type(found, rpc.OptionalPromise[User, UserPromise])
    assert_type(await found, User | None)
    assert_type(await found.some.name, str)
    assert_type(await api.find("k"), User | Group)
    assert_type(api.counts()["a"].name, rpc.Promise[str])
    assert_type(await api.counts(), dict[str, User])
    assert_type(api.pair().item1.name, rpc.Promise[str])
    assert_type(await api.pair(), tuple[int, User])
    assert_type(await api.many(), tuple[int, ...])
    assert_type(api.get_user(1).aliases.some[0], rpc.Promise[str])
    assert_type(await api.get_user(1).aliases, list[str] | None)

    # Generic models and interfaces.
    assert_type(api.page(), PagePromise[User, UserPromise])
    assert_type(await api.page(), Page[User])
    assert_type(api.page().items[0].name, rpc.Promise[str])
    assert_type(api.users(), RepoPromise[User, UserPromise])
    assert_type(await api.users(), RepoStub[User, UserPromise])
    assert_type(api.users().get(3).name, rpc.Promise[str])
    assert_type(await api.users().all(), list[User])
    await api.users().put(api.users().get(3))
    assert_type(await api.source().latest, str)
    assert_type(await api.source().page(), list[str])
    assert_type(api.user_repo(), UserRepoPromise)
    assert_type(api.user_repo().get(3), UserPromise)
    assert_type(await api.user_repo().count(), int)

    # Records of other kinds.
    span = api.plot(Point(1, 2), {"title": "Metropolis"}, Span(1, 2))
    assert_type(span, SpanPromise)
    assert_type(await span, Span)
    assert_type(span.end, rpc.Promise[int])
    assert_type(await api.rename(UserId(1), 50), UserId)
    assert_type(await api.since(datetime.now(UTC), {"any": ["thing"]}), bytes)
    assert_type(PointPromise.of(x=span.start).x, rpc.Promise[float])
    assert_type(await MoviePromise.of(title=api.motd), Movie)
    assert_type(await api.plot(PointPromise.of(x=1), MoviePromise.of(title="M"), span), Span)


async def capabilities(api: ApiStub) -> None:
    assert_type(await api.channels(), list[ChannelStub])
    assert_type(api.channels()[0].send("x"), rpc.Promise[None])
    assert_type(await api.channel_or_note(), ChannelStub | str)
    assert_type(api.room(1), RoomPromise)
    assert_type(await api.room(1), RoomResult)
    assert_type(api.room(1).channel, ChannelPromise)
    assert_type((await api.room(1)).channel, ChannelStub)
    assert_type(api.room(1).neighbour.some.channel, ChannelPromise)
    assert_type((await api.lobby()).rooms, list[RoomResult])
    assert_type(await api.lobby(), LobbyResult)

    # By reference: a local object (sync or async methods), a stub, a promise of one.
    await api.join(MyChannel())
    await api.join(api.channels()[0])
    await api.join(await api.channels()[0], MyChannel())
    await api.join((await api.room(1)).channel, None)
    await api.enter(Room(1, MyChannel()))
    await api.enter(await api.room(1))
    await api.enter(api.room(1))
    await api.enter(RoomPromise.of(id=api.get_user(1).id, channel=MyChannel()))

    # Callbacks: async, sync, lambda, one that came from there.
    async def on_event(event: Event) -> None:
        print("event", event.kind)

    def on_event_sync(event: Event) -> None: ...

    subscription = api.subscribe(on_event)
    assert_type(subscription, SubscriptionPromise)
    await subscription
    await api.subscribe(on_event_sync)
    await api.subscribe(lambda event: print(event.kind))
    await api.watch(lambda number: str(number))
    await api.watch()
    ask = api.callback()
    assert_type(ask(1), UserPromise)
    assert_type(await (await ask)(api.get_user(1).id), User)

    # Disposal.
    with api.authenticate("t") as authed:
        assert_type(authed, AuthedApiPromise)
        assert_type(authed.dup(), AuthedApiPromise)
        with await authed as stub:
            assert_type(stub, AuthedApiStub)


async def arguments(api: ApiStub) -> None:
    me, ids = api.get_user(1), api.list_ids()
    await api.get_user(1)
    await api.get_user(me.id)
    await api.get_user(user_id=3)
    await api.save_user(me)
    user = UserPromise.of(
        id=me.id, name="n", address=api.get_user(2).address, tags=[me.name, "x"]
    )
    await api.save_user(user)
    await api.get_users([1, me.id])
    await api.get_users((1, 2))
    await api.get_users(ids)
    numbers: list[int] = [1, 2]
    await api.get_users(numbers)
    await api.page(None)
    await api.page(me.name)
    await api.page(api.page().next_token)
    await api.paint(Color.RED, role="admin")
    await api.paint(me.color, me.role)
    assert_type(await api.search("q", "a", me.name, limit=3), list[User])


async def with_asyncio(api: ApiStub) -> None:
    me = api.get_user(1)
    assert_type(await asyncio.gather(me, api.motd), tuple[User, str])
    assert_type(await asyncio.wait_for(me, 3), User)
    assert_type(asyncio.ensure_future(me), asyncio.Task[User])


async def greet(user: rpc.Promise[User]) -> str:
    return (await user).name


async def say(channel: ChannelTarget) -> None:
    sent = channel.send("x")
    if sent is not None:
        await sent


def use_repo(repo: RepoTarget[User]) -> None: ...
def use_target(target: ApiTarget) -> None: ...


async def functions(api: ApiStub, implementation: ApiTarget) -> None:
    await greet(api.get_user(1))
    await say(MyChannel())
    await say(api.channels()[0])
    use_repo(MyUsers())
    assert_type(export_api(implementation), ApiStub)
    assert_type(await export_authed_api(MyAuthed(7)).get_user_id(), int)
    use_target(api)  # a stub can be served again


async def connecting(implementation: ApiTarget) -> None:
    async with rpc.connect(ApiStub, "ws://example/api", local=implementation) as api:
        assert_type(api, ApiStub)
    assert_type(await rpc.connect(ApiStub, "ws://example/api"), ApiStub)
    async with rpc.http_batch(ApiStub, "http://example/api", local=implementation) as api:
        assert_type(api, ApiStub)
    async with rpc.http_batch("http://example/api") as untyped:
        assert_type(untyped, rpc.DynamicStub)
    assert_type(await rpc.batch_response(b"", implementation), bytes)
    use_target(MyApi())
