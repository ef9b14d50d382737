"""Good use of fakes: every line passes both checkers, with exactly these types, and runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

import capnweb_runtime as rpc
from api import Address, Color, Event, Page, User
from api_rpc import (
    ApiStub,
    ApiTarget,
    ChannelTarget,
    MediaTarget,
    RepoTarget,
    RoomPromise,
    SourceTarget,
    UserPromise,
    UserRepoTarget,
    export_api,
)
from api_rpc.fake import (
    FakeApi,
    FakeAuthedApi,
    FakeChannel,
    FakeMedia,
    FakeRepo,
    FakeSource,
    FakeSubscription,
    FakeUserRepo,
)
from capnweb_runtime import testing


def user(number: int) -> User:
    return User(id=number, name=f"u{number}", address=Address(street="s", city="c"))


def use_targets(
    api: ApiTarget,
    channel: ChannelTarget,
    media: MediaTarget,
    repo: RepoTarget[User],
    source: SourceTarget[str],
    user_repo: UserRepoTarget,
) -> None: ...


def fakes_are_targets() -> None:
    use_targets(
        FakeApi(),
        FakeChannel(),
        FakeMedia(),
        FakeRepo[User](),
        FakeSource[str](),
        FakeUserRepo(),
    )
    assert_type(export_api(FakeApi()), ApiStub)


async def answers(fake: FakeApi, api: ApiStub) -> None:
    fake.get_user.returns(user(1))
    assert (await api.get_user(7)).id == 1
    fake.get_user.does(user)
    assert (await api.get_user(7)).id == 7
    fake.get_user.does(lambda number: user(number + 1))
    assert (await api.get_user(7)).id == 8

    async def later(user_id: int) -> User:
        return user(user_id + 2)

    fake.get_user.does(later)
    assert (await api.get_user(7)).id == 9

    def of(user_id: int) -> UserPromise:
        return UserPromise.of(id=user_id, name="", address=Address(street="", city=""))

    fake.get_user.does(of)
    assert await api.get_user(7).id == 7
    fake.get_user.returns_each([user(1), user(2)])
    assert [await api.get_user(0).id for _ in range(2)] == [1, 2]
    fake.get_user.returns_each([testing.raising(OSError("busy")), user(3)])
    failure = None
    try:
        await api.get_user(0)
    except rpc.RemoteError as error:
        failure = error
    assert failure is not None
    assert failure.message == "busy"
    assert await api.get_user(0).id == 3
    fake.pair.returns((1, user(2)))
    assert await api.pair().item1.id == 2
    fake.paint.does(lambda color, role="user": color)
    assert await api.paint(Color.RED) is Color.RED
    fake.lookup.returns(None)
    assert await api.lookup("") is None
    fake.page.returns(Page[User](items=[user(1)]))
    assert await api.page().items[0].id == 1


async def parameters(fake: FakeApi, api: ApiStub) -> None:
    def search(query: str, *tags: str, limit: int = 10) -> list[User]:
        return [user(limit)] * len(tags)

    fake.search.does(search)
    assert [each.id for each in await api.search("q", "a", "b", limit=3)] == [3, 3]
    assert [each.id for each in await api.search("q", "a")] == [10]
    assert fake.search.calls == [
        fake.search.call("q", "a", "b", limit=3),
        fake.search.call("q", "a"),
    ]
    assert_type(fake.search.calls, list[testing.Call])
    assert fake.search.calls[0].args == ("q", "a", "b")
    assert fake.search.calls[0].kwargs == {"limit": 3}


async def properties(fake: FakeApi, api: ApiStub) -> None:
    fake.motd = "hello"
    assert await api.motd == "hello"
    fake.me = user(5)
    assert await api.me.address.city == "c"
    fake.motd = testing.raising(PermissionError("no"))
    refused = False
    try:
        await api.motd
    except PermissionError:
        refused = True
    assert refused


async def capabilities(fake: FakeApi, api: ApiStub) -> None:
    authed = FakeAuthedApi()
    authed.get_user_id.returns(4)
    fake.authenticate.returns(authed)
    fake.get_user.does(user)
    with api.authenticate("token") as logged_in:
        assert await api.get_user(logged_in.get_user_id()).id == 4
    channel = FakeChannel()
    channel.list.returns(["a"])
    channel.send.returns(None)
    fake.channels.returns([channel, channel])
    with api.channels() as channels:
        await channels[1].send("text")
        assert await channels[0].list() == ["a"]
    assert channel.send.calls == [channel.send.call("text")]
    # A model that holds capabilities, made of fakes.
    fake.room.does(lambda room_id: RoomPromise.of(id=room_id, channel=channel))
    with api.room(3) as room:
        assert await room.id == 3
        assert await room.channel.list() == ["a"]


async def generics(fake: FakeApi, api: ApiStub) -> None:
    users = FakeRepo[User]()
    users.get.does(user)
    users.all.returns([user(1)])
    users.put.returns(None)
    fake.users.returns(users)
    with api.users() as repo:
        assert await repo.get(3).name == "u3"
        await repo.put(repo.get(4))
        assert [each.id for each in await repo.all()] == [1]
    assert users.put.calls == [users.put.call(user(4))]
    source = FakeSource[str]()
    source.latest = "now"
    fake.source.returns(source)
    with api.source() as read:
        assert await read.latest == "now"


async def callbacks(fake: FakeApi, api: ApiStub) -> None:
    async def subscribe(
        on_event: rpc.Callback[[rpc.Arg[Event]], rpc.Promise[None]],
    ) -> FakeSubscription:
        await on_event(Event(kind="joined", user=user(1)))
        return FakeSubscription()

    fake.subscribe.does(subscribe)
    heard: list[str] = []
    with api.subscribe(lambda event: heard.append(event.kind)) as subscription:
        await subscription
    assert heard == ["joined"]


async def streams(fake: FakeApi, api: ApiStub) -> None:
    media = FakeMedia()
    fake.media.returns(media)
    media.tail.yields(b"a", b"b")
    with api.media() as feed:
        for _ in range(2):
            assert [chunk async for chunk in feed.tail()] == [b"a", b"b"]

        async def count(end: int) -> AsyncIterator[int]:
            for number in range(end):
                yield number

        media.count.does(count)
        assert [number async for number in feed.count(3)] == [0, 1, 2]
