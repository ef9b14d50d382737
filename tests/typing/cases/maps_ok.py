"""Good use of maps: every line passes both checkers, with exactly these types, and runs."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

import capnweb_runtime as rpc
from api import Address, User
from api_rpc import AddressPromise, ApiStub, ChannelPromise, ChannelStub, UserPromise


async def over_lists(api: ApiStub) -> None:
    ids = api.authenticate("tok").get_friend_ids()
    assert_type(ids, rpc.ListPromise[int, rpc.Promise[int]])
    friends = ids.map(api.get_user)
    assert_type(friends, rpc.ListPromise[User, UserPromise])
    assert [friend.id for friend in assert_type(await friends, list[User])] == [2, 3]
    by_lambda = await ids.map(lambda i: api.get_user(i))
    assert assert_type(by_lambda, list[User]) == await friends
    names = await ids.map(lambda i: api.get_user(i).name)
    assert assert_type(names, list[str]) == ["u2", "u3"]
    assert_type(friends[0].name, rpc.Promise[str])
    assert await friends[0].name == "u2"

    # The result of a map is a list like any other.
    assert assert_type(await friends.map(lambda u: u.id), list[int]) == [2, 3]
    assert await api.get_users(friends.map(lambda u: u.id)) == await friends

    # Objects by reference, made there and used there.
    greeted = await api.channels().map(lambda c: c.send("hello"))
    assert assert_type(greeted, list[None]) == [None, None]
    rooms = ids.map(lambda i: api.room(i).channel)
    assert_type(rooms, rpc.ListPromise[ChannelStub, ChannelPromise])
    assert [await room.list() for room in await rooms] == [[], []]
    users = await ids.map(lambda i: api.users().get(i))
    assert assert_type(users, list[User]) == await friends
    assert await api.page().items.map(lambda u: u.name) == ["u1", "u2"]


async def structures(api: ApiStub) -> None:
    ids, me = api.list_ids(), api.get_user(9)
    pairs = await ids.map(lambda i: (i, api.get_user(i).name))
    assert assert_type(pairs, list[tuple[int, str]]) == [(1, "u1"), (2, "u2")]
    triples = await ids.map(lambda i: (i, api.get_user(i), api.motd))
    assert_type(triples, list[tuple[int, User, str]])
    assert [(i, user.id, motd) for i, user, motd in triples] == [(1, 1, "hi"), (2, 2, "hi")]
    chained = ids.map(lambda i: (i, api.get_user(i))).map(lambda t: t.item1.name)
    assert assert_type(await chained, list[str]) == ["u1", "u2"]
    dicts = await ids.map(lambda i: {"user": api.get_user(i)})
    assert assert_type(dicts, list[dict[str, User]])[1]["user"].id == 2
    lists = await ids.map(lambda i: [i, i])
    assert assert_type(lists, list[list[int]]) == [[1, 1], [2, 2]]

    # A plain value is made a promise.
    seen = await ids.map(lambda i: (i, rpc.const("seen")))
    assert assert_type(seen, list[tuple[int, str]]) == [(1, "seen"), (2, "seen")]

    # A model, made at the peer of what the peer has.
    made = ids.map(lambda i: UserPromise.of(id=i, name=api.motd, address=me.address))
    assert_type(made, rpc.ListPromise[User, UserPromise])
    home = Address(street="s", city="c")
    assert await made == [User(id=i, name="hi", address=home) for i in (1, 2)]
    places = ids.map(lambda i: AddressPromise.of(street="s", city=api.get_user(i).name))
    assert [place.city for place in await places] == ["u1", "u2"]


async def nested(api: ApiStub) -> None:
    friends = api.list_ids().map(api.get_user)
    tags = friends.map(lambda u: u.tags)
    assert_type(tags, rpc.ListPromise[list[str], rpc.ListPromise[str, rpc.Promise[str]]])
    assert await tags == [["x", "t1"], ["x", "t2"]]
    found = await friends.map(lambda u: u.tags.map(lambda t: api.lookup(t)))
    assert assert_type(found, list[list[User | None]]) == [[None, None], [None, None]]
    # What belongs to the outer map can be used in the inner one.
    both = await friends.map(lambda u: u.tags.map(lambda t: (u.id, t)))
    assert_type(both, list[list[tuple[int, str]]])
    assert both == [[(1, "x"), (1, "t1")], [(2, "x"), (2, "t2")]]
    deep = await friends.map(
        lambda u: u.tags.map(lambda t: api.list_ids().map(lambda i: (u.name, t, i)))
    )
    assert_type(deep, list[list[list[tuple[str, str, int]]]])
    assert deep[1][0] == [("u2", "x", 1), ("u2", "x", 2)]


async def over_optionals(api: ApiStub) -> None:
    for key in ("yes", "no"):
        found, there = api.lookup(key), key == "yes"
        assert_type(found, rpc.OptionalPromise[User, UserPromise])
        name = await found.map(lambda u: u.name)
        assert assert_type(name, str | None) == ("u1" if there else None)
        # An optional in an optional is one, as on the wire; a list in one is an optional list.
        assert_type(found.map(lambda u: u.manager), rpc.OptionalPromise[User, UserPromise])
        assert assert_type(await found.map(lambda u: u.manager), User | None) is None
        tags = found.map(lambda u: u.tags)
        assert_type(tags, rpc.OptionalListPromise[str, rpc.Promise[str]])
        assert assert_type(await tags, list[str] | None) == (["x", "t1"] if there else None)
        users = await tags.map(lambda t: api.lookup(t))
        assert assert_type(users, list[User | None] | None) == ([None, None] if there else None)
        assert assert_type(await found.map(lambda u: u.aliases), list[str] | None) is None
        pair = await found.map(lambda u: (u.id, u.name))
        assert assert_type(pair, tuple[int, str] | None) == ((1, "u1") if there else None)
        assert_type(await found.map(lambda u: {"id": u.id}), dict[str, int] | None)
    assert assert_type(await api.lookup("yes").some.name, str) == "u1"
    aliases = api.get_user(1).aliases.map(lambda a: api.lookup(a))
    assert assert_type(await aliases, list[User | None] | None) is None


async def over_streams(api: ApiStub) -> None:
    media = api.media()
    streams = api.list_ids().map(lambda i: media.count(i))
    assert_type(streams, rpc.ListPromise[AsyncIterator[int], rpc.StreamPromise[int]])
    assert [[n async for n in stream] for stream in await streams] == [[0], [0, 1]]
