"""A key-value store in memory."""

import asyncio
import fnmatch
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Dict, List, Literal, Optional, Tuple, TypeVar, overload

from typing_extensions import Self

import capnweb_runtime as rpc
from keyvalue import Bound, Entry, Expiry, Info, Kind, Message, Reply, Score, ServerInfo
from keyvalue_rpc import (
    ConnectionTarget,
    PipelineTarget,
    StoreTarget,
    SubscriptionTarget,
)

V = TypeVar("V")


class SortedSet(Dict[str, float]):
    """Told apart from a hash by its class."""

    def ordered(self) -> List[Score]:
        return sorted((Score(*item) for item in self.items()), key=lambda s: (s.score, s.member))


class Hash(Dict[str, bytes]):
    pass


class Elements(List[bytes]):
    pass


@dataclass
class Slot:
    value: object
    expires_at: Optional[timedelta] = None

    @property
    def kind(self) -> Kind:
        if isinstance(self.value, bytes):
            return Kind.STRING
        if isinstance(self.value, Elements):
            return Kind.LIST
        return Kind.HASH if isinstance(self.value, Hash) else Kind.SORTED_SET


@dataclass
class Listener:
    tell: Callable[[Message], Awaitable[None]]
    channels: List[str]
    pattern: Optional[str] = None


@dataclass
class Database:
    now: Callable[[], timedelta]
    slots: Dict[str, Slot] = field(default_factory=dict[str, Slot])
    versions: Dict[str, int] = field(default_factory=dict[str, int])
    listeners: List[Listener] = field(default_factory=list[Listener])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    observers: List[Tuple[str, Callable[[str, Kind], Awaitable[None]]]] = field(
        default_factory=list[Tuple[str, Callable[[str, Kind], Awaitable[None]]]]
    )

    def expire(self) -> int:
        over = [
            key
            for key, slot in self.slots.items()
            if slot.expires_at is not None and slot.expires_at <= self.now()
        ]
        for key in over:
            del self.slots[key]
            self.touch(key)
        return len(over)

    def touch(self, key: str) -> None:
        self.versions[key] = self.versions.get(key, 0) + 1
        self.changed.set()
        self.changed = asyncio.Event()

    async def touched(self, key: str) -> None:
        self.touch(key)
        kind = self.slots[key].kind if key in self.slots else Kind.NONE
        for pattern, callback in tuple(self.observers):
            if fnmatch.fnmatchcase(key, pattern):
                await callback(key, kind)

    def get(self, key: str, kind: "type[V]") -> Optional[V]:
        slot = self.slots.get(key)
        if slot is None:
            return None
        if not isinstance(slot.value, kind):
            raise TypeError(f"WRONGTYPE {key} holds a {slot.kind.value}")
        return slot.value

    def need(self, key: str, kind: "type[V]") -> V:
        found = self.get(key, kind)
        if found is None:
            found = kind()
            self.slots[key] = Slot(found)
        return found

    def put(self, key: str, value: object) -> None:
        if key in self.slots:
            self.slots[key].value = value
        else:
            self.slots[key] = Slot(value)

    # What pipelines can do too.

    async def set(self, key: str, value: bytes) -> str:
        self.slots[key] = Slot(value)
        await self.touched(key)
        return "OK"

    async def incr(self, key: str, by: int) -> int:
        number = int(self.get(key, bytes) or b"0") + by
        self.put(key, str(number).encode())
        await self.touched(key)
        return number

    async def push(self, key: str, values: Tuple[bytes, ...], *, left: bool) -> int:
        found = self.need(key, Elements)
        for value in values:
            found.insert(0 if left else len(found), value)
        await self.touched(key)
        return len(found)

    async def delete(self, keys: Tuple[str, ...]) -> int:
        present = [key for key in keys if self.slots.pop(key, None)]
        for key in present:
            await self.touched(key)
        return len(present)


Command = Callable[[Database], Awaitable[Reply]]


class OnePipeline(PipelineTarget):
    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: List[Command] = []

    def _add(self, command: Command) -> Self:
        self._queue.append(command)
        return self

    @property
    def queued(self) -> int:
        return len(self._queue)

    def get(self, key: str) -> Self:
        async def command(database: Database) -> Reply:
            return database.get(key, bytes)

        return self._add(command)

    def set(self, key: str, value: bytes) -> Self:
        return self._add(lambda database: database.set(key, value))

    def incr(self, key: str, by: int = 1) -> Self:
        return self._add(lambda database: database.incr(key, by))

    def rpush(self, key: str, *values: bytes) -> Self:
        return self._add(lambda database: database.push(key, values, left=False))

    def delete(self, *keys: str) -> Self:
        return self._add(lambda database: database.delete(keys))

    async def execute(self) -> List[Reply]:
        queue, self._queue = self._queue, []
        return [await command(self._database) for command in queue]


class OneTransaction(OnePipeline):  # a TransactionTarget by its members
    def __init__(self, database: Database, watched: Tuple[str, ...]) -> None:
        super().__init__(database)
        self._seen: Dict[str, int] = {}
        self.watch(*watched)

    def watch(self, *keys: str) -> Self:
        for key in keys:
            self._seen[key] = self._database.versions.get(key, 0)
        return self

    def discard(self) -> None:
        self._queue, self._seen = [], {}

    async def commit(self) -> Optional[List[Reply]]:
        versions = self._database.versions
        if any(versions.get(key, 0) != seen for key, seen in self._seen.items()):
            self.discard()
            return None
        return await self.execute()


class OneSubscription(SubscriptionTarget):
    def __init__(self, channels: List[str], end: Callable[[], None]) -> None:
        self._channels, self._end = channels, end

    @property
    def channels(self) -> Tuple[str, ...]:
        return tuple(self._channels)

    def add(self, *channels: str) -> int:
        self._channels += channels
        return len(self._channels)

    def cancel(self) -> None:
        self._end()
        self._end = lambda: None

    def __exit__(self, *exc: object) -> None:
        self.cancel()


class OneConnection(ConnectionTarget):
    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- keys

    def exists(self, *keys: str) -> int:
        return sum(key in self._database.slots for key in keys)

    async def delete(self, *keys: str) -> int:
        return await self._database.delete(keys)

    def kind(self, key: str) -> Kind:
        slot = self._database.slots.get(key)
        return slot.kind if slot else Kind.NONE

    async def rename(self, key: str, to: str, /) -> None:
        if key not in self._database.slots:
            raise KeyError(key)
        self._database.slots[to] = self._database.slots.pop(key)
        await self._database.touched(key)
        await self._database.touched(to)

    def expire(self, key: str, after: timedelta, *, unless_set: bool = False) -> bool:
        slot = self._database.slots.get(key)
        if slot is None or (unless_set and slot.expires_at is not None):
            return False
        slot.expires_at = self._database.now() + after
        return True

    def persist(self, key: str) -> bool:
        slot = self._database.slots.get(key)
        if slot is None or slot.expires_at is None:
            return False
        slot.expires_at = None
        return True

    def ttl(self, key: str) -> Optional[timedelta]:
        slot = self._database.slots.get(key)
        if slot is None or slot.expires_at is None:
            return None
        return slot.expires_at - self._database.now()

    def keys(self, pattern: str = "*") -> List[str]:
        return fnmatch.filter(sorted(self._database.slots), pattern)

    async def scan(
        self, match: str = "*", *, kind: Optional[Kind] = None, count: int = 10
    ) -> AsyncIterator[Entry]:
        for number, key in enumerate(self.keys(match)):
            slot = self._database.slots.get(key)
            if slot is not None and kind in {None, slot.kind}:
                yield Entry(key, slot.kind, self.ttl(key))
            if number % count == count - 1:
                await asyncio.sleep(0)

    # ---- strings

    @overload
    def get(self, key: str) -> Optional[bytes]: ...
    @overload
    def get(self, key: str, default: bytes) -> bytes: ...
    def get(self, key: str, default: Optional[bytes] = None) -> Optional[bytes]:
        found = self._database.get(key, bytes)
        return default if found is None else found

    async def set(
        self,
        key: str,
        value: bytes,
        expiry: Optional[Expiry] = None,
        *,
        only: Optional[Literal["new", "existing"]] = None,
    ) -> bool:
        present = self._database.slots.get(key)
        if only == ("existing" if present is None else "new"):
            return False
        expiry = expiry or Expiry()
        at = None if expiry.after is None else self._database.now() + expiry.after
        kept = present.expires_at if present and expiry.keep else at
        self._database.slots[key] = Slot(value, kept)
        await self._database.touched(key)
        return True

    async def getdel(self, key: str) -> Optional[bytes]:
        found = self.get(key)
        await self._database.delete((key,))
        return found

    def mget(self, *keys: str) -> List[Optional[bytes]]:
        return [self.get(key) for key in keys]

    async def mset(self, values: Dict[str, bytes]) -> None:
        for key, value in values.items():
            await self._database.set(key, value)

    async def incr(self, key: str, by: int = 1) -> int:
        return await self._database.incr(key, by)

    async def append(self, key: str, value: bytes) -> int:
        made = (self.get(key) or b"") + value
        self._database.put(key, made)
        await self._database.touched(key)
        return len(made)

    async def upload(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        length = 0
        self._database.slots.pop(key, None)
        async for chunk in chunks:
            length = await self.append(key, chunk)
        return length

    async def download(self, key: str, size: int = 4) -> AsyncIterator[bytes]:
        value = self.get(key) or b""
        for start in range(0, len(value), size):
            yield value[start : start + size]

    # ---- lists

    async def lpush(self, key: str, *values: bytes) -> int:
        return await self._database.push(key, values, left=True)

    async def rpush(self, key: str, *values: bytes) -> int:
        return await self._database.push(key, values, left=False)

    async def lpop(self, key: str) -> Optional[bytes]:
        found = self._database.get(key, Elements) or Elements()
        value = found.pop(0) if found else None
        if not found:
            self._database.slots.pop(key, None)
        if value is not None:
            await self._database.touched(key)
        return value

    def lrange(self, key: str, start: int = 0, stop: int = -1) -> List[bytes]:
        found = self._database.get(key, Elements) or Elements()
        return found[start : None if stop == -1 else stop + 1]

    async def blpop(self, *keys: str) -> Tuple[str, bytes]:
        while True:
            changed = self._database.changed
            for key in keys:
                value = await self.lpop(key)
                if value is not None:
                    return key, value
            await changed.wait()

    # ---- hashes

    async def hset(self, key: str, fields: Dict[str, bytes]) -> int:
        found = self._database.need(key, Hash)
        added = len(fields.keys() - found.keys())
        found.update(fields)
        await self._database.touched(key)
        return added

    def hget(self, key: str, field: str) -> Optional[bytes]:
        return self.hgetall(key).get(field)

    def hgetall(self, key: str) -> Dict[str, bytes]:
        return self._database.get(key, Hash) or {}

    async def hdel(self, key: str, *fields: str) -> int:
        found = self._database.need(key, Hash)
        removed = [found.pop(name, None) for name in fields]
        await self._database.touched(key)
        return len(removed) - removed.count(None)

    async def hincrby(self, key: str, field: str, by: float) -> float:
        found = self._database.need(key, Hash)
        number = float(found.get(field, b"0")) + by
        found[field] = str(number).encode()
        await self._database.touched(key)
        return number

    # ---- sorted sets

    async def zadd(self, key: str, *scores: Score) -> int:
        found = self._database.need(key, SortedSet)
        before = len(found)
        found.update(scores)
        await self._database.touched(key)
        return len(found) - before

    def zscore(self, key: str, member: str) -> Optional[float]:
        return (self._database.get(key, SortedSet) or SortedSet()).get(member)

    def zrange(
        self, key: str, start: int = 0, stop: int = -1, *, reverse: bool = False
    ) -> List[Score]:
        found = (self._database.get(key, SortedSet) or SortedSet()).ordered()
        found = found[::-1] if reverse else found
        return found[start : None if stop == -1 else stop + 1]

    def zrangebyscore(self, key: str, low: Bound = "-inf", high: Bound = "+inf") -> List[Score]:
        return [each for each in self.zrange(key) if float(low) <= each.score <= float(high)]

    async def zrem(self, key: str, *members: str) -> int:
        found = self._database.need(key, SortedSet)
        removed = [found.pop(member, None) for member in members]
        await self._database.touched(key)
        return len(removed) - removed.count(None)

    # ---- several at once

    def pipeline(self) -> OnePipeline:
        return OnePipeline(self._database)

    def transaction(self, *watched: str) -> OneTransaction:
        return OneTransaction(self._database, watched)

    async def transform(
        self, key: str, change: Callable[[Optional[bytes]], Awaitable[bytes]]
    ) -> bytes:
        while True:
            seen = self._database.versions.get(key, 0)
            made = await change(self.get(key))
            if self._database.versions.get(key, 0) == seen:
                await self._database.set(key, made)
                return made

    # ---- being told

    async def publish(self, channel: str, data: bytes) -> int:
        told = 0
        for listener in tuple(self._database.listeners):
            if channel in listener.channels or (
                listener.pattern and fnmatch.fnmatchcase(channel, listener.pattern)
            ):
                await listener.tell(Message(channel, data, listener.pattern))
                told += 1
        return told

    def subscribe(
        self, on_message: rpc.Callback[[rpc.Arg[Message]], rpc.Promise[None]], *channels: str
    ) -> OneSubscription:
        return self._listen(Listener(on_message.dup(), list(channels)))

    def psubscribe(
        self, pattern: str, on_message: rpc.Callback[[rpc.Arg[Message]], rpc.Promise[None]]
    ) -> OneSubscription:
        return self._listen(Listener(on_message.dup(), [], pattern))

    def _listen(self, listener: Listener) -> OneSubscription:
        def end() -> None:
            self._database.listeners.remove(listener)
            if isinstance(listener.tell, rpc.Stub):
                listener.tell.dispose()

        self._database.listeners.append(listener)
        return OneSubscription(listener.channels, end)

    def on_change(
        self,
        pattern: str,
        callback: rpc.Callback[[rpc.Arg[str], rpc.Arg[Kind]], rpc.Promise[None]],
    ) -> OneSubscription:
        kept = callback.dup()
        observer = (pattern, kept)

        def end() -> None:
            self._database.observers.remove(observer)
            kept.dispose()

        self._database.observers.append(observer)
        return OneSubscription([pattern], end)


class OneStore(StoreTarget):
    def __init__(self) -> None:
        self._time = timedelta()
        self._databases: Dict[int, Database] = {}
        self._config: Dict[str, Any] = {"maxmemory": 0}

    @property
    def version(self) -> Tuple[int, int, int]:
        return (8, 0, 1)

    def select(self, database: int = 0, *, password: Optional[str] = None) -> OneConnection:
        if database and password != "secret":
            raise PermissionError("NOAUTH")
        made = self._databases.setdefault(database, Database(lambda: self._time))
        return OneConnection(made)

    def info(self) -> ServerInfo:
        found: ServerInfo = {}
        for number, database in self._databases.items():
            expiring = sum(slot.expires_at is not None for slot in database.slots.values())
            found[f"db{number}"] = Info(keys=len(database.slots), expiring=expiring)
        return found

    def advance(self, by: timedelta) -> int:
        self._time += by
        return sum(database.expire() for database in self._databases.values())

    def config(self, name: str, value: Any = None) -> Any:
        if value is not None:
            self._config[name] = value
        return self._config[name]

    def flush(self) -> None:
        for database in self._databases.values():
            database.slots.clear()
