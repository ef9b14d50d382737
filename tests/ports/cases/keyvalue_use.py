"""What a client does with the store."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import List, Optional, assert_type

import capnweb_runtime as rpc
from keyvalue import Entry, Expiry, Info, Kind, Message, Reply, Score
from keyvalue_rpc import (
    ConnectionPromise,
    ConnectionStub,
    EntryPromise,
    PipelinePromise,
    ScorePromise,
    StoreStub,
    SubscriptionStub,
    TransactionPromise,
)
from keyvalue_server import OneStore

STUB = StoreStub
TARGET = OneStore

SECOND = timedelta(seconds=1)


async def use(store: StoreStub) -> None:
    version = store.version
    assert_type(version.item2, rpc.Promise[int])
    assert await version == (8, 0, 1)
    assert await version.item0 == 8
    try:
        await store.select(1).keys()
    except PermissionError as error:
        assert str(error) == "NOAUTH"
    else:
        raise AssertionError("no password was asked for")
    with store.select() as db:
        assert_type(db, ConnectionPromise)
        await strings(store, db)
        await lists(db)
        await hashes(db)
        await sorted_sets(db)
        await pipelines(db)
        await transactions(db)
        await messages(await db)
        assert await store.info() == {"db0": Info(keys=await count(db), expiring=0)}
        with store.select(1, password="secret") as other:
            assert await other.keys() == []
        assert await store.config("maxmemory") == 0
        assert await store.config("maxmemory", ["any", {"thing": 1.5}]) == ["any", {"thing": 1.5}]
        await store.flush()
        assert await db.keys() == []


async def count(db: ConnectionPromise) -> int:
    return len([entry async for entry in db.scan()])


async def strings(store: StoreStub, db: ConnectionPromise) -> None:
    assert await db.set("greeting", b"hello")
    assert not await db.set("greeting", b"again", only="new")
    assert await db.append("greeting", b" world") == 11
    found = db.get("greeting")
    assert_type(found, rpc.OptionalPromise[bytes, rpc.Promise[bytes]])
    assert assert_type(await found, Optional[bytes]) == b"hello world"
    assert await db.get("nothing") is None
    assert_type(db.get("nothing", b"default"), rpc.Promise[bytes])
    assert await db.append("nothing", db.get("nothing", b"default")) == 7
    assert await db.getdel("nothing") == b"default"
    # What one key holds becomes what another does, without coming here.
    assert await db.set("copy", found.some)
    assert await db.mget("greeting", "nothing", "copy") == [b"hello world", None, b"hello world"]
    try:
        await db.set("copy", db.get("nothing").some)
    except TypeError as error:
        assert "Connection.set(value)" in str(error)
    else:
        raise AssertionError("None is no value")
    await db.mset({"n": b"41", "m": b"1"})
    assert await db.incr("n") == 42
    assert await db.incr("n", db.incr("m")) == 44
    try:
        await db.incr("greeting")
    except ValueError as error:
        assert "invalid literal" in str(error)
    else:
        raise AssertionError("hello + 1")

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(5):
            yield bytes([number]) * 3

    assert await db.upload("long", chunks()) == 15
    assert [len(chunk) async for chunk in db.download("long", 6)] == [6, 6, 3]
    assert await db.upload("long copy", db.download("long")) == 15
    assert await db.getdel("long copy") == b"".join([bytes([n]) * 3 for n in range(5)])

    await db.set("short", b"", Expiry(after=10 * SECOND))
    assert await db.ttl("short") == 10 * SECOND
    await db.set("short", b"still", Expiry(keep=True), only="existing")
    assert await db.expire("long", 20 * SECOND)
    assert not await db.expire("long", 30 * SECOND, unless_set=True)
    assert await db.persist("long")
    assert await store.advance(9 * SECOND) == 0
    assert await db.get("short") == b"still"
    assert await store.advance(SECOND) == 1
    assert await db.exists("short", "long", "long") == 2
    await db.rename("copy", "renamed")
    try:
        await db.rename("copy", "renamed")
    except KeyError as error:
        assert "copy" in str(error)
    else:
        raise AssertionError("it is gone")


async def lists(db: ConnectionPromise) -> None:
    await db.rpush("queue", b"b", b"c")
    assert await db.lpush("queue", b"a") == 3
    assert await db.lrange("queue") == [b"a", b"b", b"c"]
    assert await db.lrange("queue", 1, 1) == [b"b"]
    # Each element into a hash, over there.
    set_each = db.lrange("queue").map(lambda each: db.hset("seen", {"last": each}))
    assert await set_each == [1, 0, 0]
    assert await db.hget("seen", "last") == b"c"
    waiting = asyncio.ensure_future(db.blpop("empty", "also empty"))
    await db.kind("empty")
    assert not waiting.done()
    await db.rpush("also empty", b"at last")
    assert await waiting == ("also empty", b"at last")
    first = db.blpop("queue")
    assert_type(first, rpc.TuplePromise2[str, bytes, rpc.Promise[str], rpc.Promise[bytes]])
    assert await db.lpop(first.item0) == b"b"
    try:
        await db.lrange("greeting")
    except TypeError as error:
        assert str(error) == "WRONGTYPE greeting holds a string"
    else:
        raise AssertionError("a string is no list")


async def hashes(db: ConnectionPromise) -> None:
    assert await db.hset("user", {"name": b"Ada", "visits": b"1"}) == 2
    assert await db.hincrby("user", "visits", 1.5) == 2.5
    whole = db.hgetall("user")
    assert_type(whole, rpc.DictPromise[bytes, rpc.Promise[bytes]])
    assert await whole == {"name": b"Ada", "visits": b"2.5"}
    assert await whole["name"] == b"Ada"
    assert await db.hdel("user", "visits", "never") == 1


async def sorted_sets(db: ConnectionPromise) -> None:
    assert await db.zadd("scores", Score("ada", 3), Score("bob", 1.5), Score("cy", 2)) == 3
    best = db.zrange("scores", reverse=True)
    assert_type(best, rpc.ListPromise[Score, ScorePromise])
    assert await best == [Score("ada", 3), Score("cy", 2), Score("bob", 1.5)]
    assert await best[0].member == "ada"
    assert await best.map(lambda each: each.member) == ["ada", "cy", "bob"]
    assert await db.zrangebyscore("scores", 2) == [Score("cy", 2), Score("ada", 3)]
    assert await db.zrangebyscore("scores", "-inf", 1.5) == [Score("bob", 1.5)]
    assert await db.zscore("scores", best[2].member) == 1.5
    assert await db.zrem("scores", "ada", "dan") == 1
    kinds = [entry.kind async for entry in db.scan("s*", kind=Kind.SORTED_SET, count=1)]
    assert kinds == [Kind.SORTED_SET]
    assert [entry async for entry in db.scan("user")] == [Entry("user", Kind.HASH)]
    assert await EntryPromise.of(key="k", kind=db.kind("user")) == Entry("k", Kind.HASH)


async def pipelines(db: ConnectionPromise) -> None:
    with db.pipeline() as pipeline:
        assert_type(pipeline.set("p", b"1"), PipelinePromise)
        # Each command gives the pipeline again: a chain in one round trip.
        chain = pipeline.set("p", b"1").incr("p", 9).rpush("q", b"x", b"y").get("p").delete("q")
        replies = await chain.execute()
        assert_type(replies, List[Reply])
        assert replies == ["OK", "OK", 10, 2, b"10", 1]
        assert await pipeline.queued == 0


async def transactions(db: ConnectionPromise) -> None:
    with db.transaction("p") as transaction:
        assert_type(transaction.watch("q"), TransactionPromise)
        assert await transaction.incr("p").commit() == [11]
    with db.transaction("p") as transaction:
        await transaction.set("p", b"mine").queued
        await db.set("p", b"theirs")
        assert await transaction.commit() is None
    assert await db.get("p") == b"theirs"

    tries: List[Optional[bytes]] = []

    async def change(value: Optional[bytes]) -> bytes:
        tries.append(value)
        if len(tries) == 1:
            await db.set("p", b"interfered")
        return (value or b"") + b"!"

    assert await db.transform("p", change) == b"interfered!"
    assert tries == [b"theirs", b"interfered"]


async def messages(db: ConnectionStub) -> None:
    heard: List[Message] = []
    changes: List[object] = []

    async def hear(message: Message) -> None:
        heard.append(message)

    with await db.subscribe(hear, "news") as news, await db.psubscribe("n*", hear) as all_news:
        assert_type(news, SubscriptionStub)
        assert await db.publish("news", b"one") == 2
        assert await news.add("weather", "sport") == 3
        assert await news.channels == ("news", "weather", "sport")
        assert await db.publish("weather", b"rain") == 1
        await all_news.cancel()
        assert await db.publish("news", b"two") == 1
    assert await db.publish("news", b"three") == 0
    assert heard == [
        Message("news", b"one"),
        Message("news", b"one", "n*"),
        Message("weather", b"rain"),
        Message("news", b"two"),
    ]
    with await db.on_change("watched:*", lambda key, kind: changes.append((key, kind))):
        await db.set("watched:a", b"")
        await db.set("other", b"")
        await db.delete("watched:a", "other")
    assert changes == [("watched:a", Kind.STRING), ("watched:a", Kind.NONE)]
