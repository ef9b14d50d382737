"""A key-value store in the manner of Redis: the interface.

Keys are strings, values bytes. A key holds a string, a list, a hash or a sorted set, and a command
for another kind than it holds raises ``TypeError``, with ``WRONGTYPE`` in its message.
"""

import enum
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import (
    Any,
    Dict,
    List,
    Literal,
    NamedTuple,
    Optional,
    Protocol,
    Tuple,
    Union,
    overload,
)

from typing_extensions import NotRequired, Self, TypedDict

__all__ = [
    "Connection",
    "Entry",
    "Expiry",
    "Info",
    "Kind",
    "Message",
    "Pipeline",
    "Reply",
    "Score",
    "ServerInfo",
    "Store",
    "Subscription",
    "Transaction",
]


class Kind(enum.Enum):
    """What a key holds."""

    NONE = "none"
    STRING = "string"
    LIST = "list"
    HASH = "hash"
    SORTED_SET = "zset"


class Score(NamedTuple):
    """A member of a sorted set."""

    member: str
    score: float


class Message(NamedTuple):
    """What a subscriber is told."""

    channel: str
    data: bytes
    pattern: Optional[str] = None


@dataclass(frozen=True)
class Entry:
    """A key as `scan` finds it."""

    key: str
    kind: Kind
    expires_in: Optional[timedelta] = None


@dataclass
class Expiry:
    """When a value is forgotten."""

    after: Optional[timedelta] = None
    keep: bool = False


class Info(TypedDict):
    """One section of what the server says about itself."""

    keys: int
    expiring: int
    databases: NotRequired[Dict[str, int]]


ServerInfo = Dict[str, Info]

#: What a command of a transaction answered.
Reply = Union[bytes, int, float, str, List[bytes], None]

Bound = Union[float, Literal["-inf", "+inf"]]


class Subscription(Protocol):
    """What `subscribe` gives. Giving it up ends it."""

    @property
    def channels(self) -> Tuple[str, ...]: ...

    def add(self, *channels: str) -> Awaitable[int]:
        """
        Listen to more channels.

        Returns
        -------
        int
            To how many it listens now.
        """
        ...

    def cancel(self) -> Awaitable[None]: ...


class Pipeline(Protocol):
    """Commands that are carried out together, when `execute` is called."""

    def get(self, key: str) -> Awaitable[Self]: ...
    def set(self, key: str, value: bytes) -> Awaitable[Self]: ...
    def incr(self, key: str, by: int = 1) -> Awaitable[Self]: ...
    def rpush(self, key: str, *values: bytes) -> Awaitable[Self]: ...
    def delete(self, *keys: str) -> Awaitable[Self]: ...
    def execute(self) -> Awaitable[List[Reply]]:
        """
        Carry them out, in order.

        Returns
        -------
        list
            The reply of each command.
        """
        ...

    @property
    def queued(self) -> int: ...


class Transaction(Pipeline, Protocol):
    """A pipeline that is carried out only if nothing that it watches has changed."""

    def watch(self, *keys: str) -> Awaitable[Self]: ...
    def discard(self) -> Awaitable[None]: ...
    def commit(self) -> Awaitable[Optional[List[Reply]]]:
        """
        Carry the commands out, or none of them.

        Returns
        -------
        list or None
            None if a watched key was changed by somebody else since it was watched.
        """
        ...


class Connection(Protocol):
    """One database of a store."""

    # ---- keys

    def exists(self, *keys: str) -> Awaitable[int]: ...
    def delete(self, *keys: str) -> Awaitable[int]: ...
    def kind(self, key: str) -> Awaitable[Kind]: ...
    def rename(self, key: str, to: str, /) -> Awaitable[None]: ...
    def expire(self, key: str, after: timedelta, *, unless_set: bool = False) -> Awaitable[bool]: ...
    def persist(self, key: str) -> Awaitable[bool]: ...
    def ttl(self, key: str) -> Awaitable[Optional[timedelta]]: ...
    def keys(self, pattern: str = "*") -> Awaitable[List[str]]: ...
    def scan(
        self, match: str = "*", *, kind: Optional[Kind] = None, count: int = 10
    ) -> AsyncIterator[Entry]:
        """
        Go through all keys, without stopping the others.

        Parameters
        ----------
        match : str
            A glob pattern.
        kind : Kind, optional
            Only keys that hold such.
        count : int
            How many are looked at before others have their turn.
        """
        ...

    # ---- strings

    @overload
    def get(self, key: str) -> Awaitable[Optional[bytes]]: ...
    @overload
    def get(self, key: str, default: bytes) -> Awaitable[bytes]: ...
    def set(
        self,
        key: str,
        value: bytes,
        expiry: Optional[Expiry] = None,
        *,
        only: Optional[Literal["new", "existing"]] = None,
    ) -> Awaitable[bool]:
        """
        Set the string at a key.

        Parameters
        ----------
        key, value
            What to set.
        expiry : Expiry, optional
            When it is forgotten; never, by default.
        only : {"new", "existing"}, optional
            On which condition.

        Returns
        -------
        bool
            Whether it was set.
        """
        ...

    def getdel(self, key: str) -> Awaitable[Optional[bytes]]: ...
    def mget(self, *keys: str) -> Awaitable[List[Optional[bytes]]]: ...
    def mset(self, values: Dict[str, bytes]) -> Awaitable[None]: ...
    def incr(self, key: str, by: int = 1) -> Awaitable[int]: ...
    def append(self, key: str, value: bytes) -> Awaitable[int]: ...
    def upload(self, key: str, chunks: AsyncIterator[bytes]) -> Awaitable[int]: ...
    def download(self, key: str, size: int = 4) -> AsyncIterator[bytes]: ...

    # ---- lists

    def lpush(self, key: str, *values: bytes) -> Awaitable[int]: ...
    def rpush(self, key: str, *values: bytes) -> Awaitable[int]: ...
    def lpop(self, key: str) -> Awaitable[Optional[bytes]]: ...
    def lrange(self, key: str, start: int = 0, stop: int = -1) -> Awaitable[List[bytes]]: ...
    def blpop(self, *keys: str) -> Awaitable[Tuple[str, bytes]]:
        """Take the first element of the first list that has one; wait for one if none has."""
        ...

    # ---- hashes

    def hset(self, key: str, fields: Dict[str, bytes]) -> Awaitable[int]: ...
    def hget(self, key: str, field: str) -> Awaitable[Optional[bytes]]: ...
    def hgetall(self, key: str) -> Awaitable[Dict[str, bytes]]: ...
    def hdel(self, key: str, *fields: str) -> Awaitable[int]: ...
    def hincrby(self, key: str, field: str, by: float) -> Awaitable[float]: ...

    # ---- sorted sets

    def zadd(self, key: str, *scores: Score) -> Awaitable[int]: ...
    def zscore(self, key: str, member: str) -> Awaitable[Optional[float]]: ...
    def zrange(
        self, key: str, start: int = 0, stop: int = -1, *, reverse: bool = False
    ) -> Awaitable[List[Score]]: ...
    def zrangebyscore(
        self, key: str, low: Bound = "-inf", high: Bound = "+inf"
    ) -> Awaitable[List[Score]]: ...
    def zrem(self, key: str, *members: str) -> Awaitable[int]: ...

    # ---- several at once

    def pipeline(self) -> Pipeline: ...
    def transaction(self, *watched: str) -> Transaction: ...
    def transform(self, key: str, change: Callable[[Optional[bytes]], bytes]) -> Awaitable[bytes]:
        """Replace a value by what `change` makes of it, again until nobody interfered."""
        ...

    # ---- being told

    def publish(self, channel: str, data: bytes) -> Awaitable[int]: ...
    def subscribe(
        self, on_message: Callable[[Message], Awaitable[None]], *channels: str
    ) -> Awaitable[Subscription]: ...
    def psubscribe(
        self, pattern: str, on_message: Callable[[Message], Awaitable[None]]
    ) -> Awaitable[Subscription]: ...
    def on_change(
        self, pattern: str, callback: Callable[[str, Kind], None]
    ) -> Awaitable[Subscription]:
        """Have `callback` called with each key that changes, and what it holds now."""
        ...


class Store(Protocol):
    """A server with several databases."""

    @property
    def version(self) -> Tuple[int, int, int]: ...
    def select(self, database: int = 0, *, password: Optional[str] = None) -> Connection: ...
    def info(self) -> Awaitable[ServerInfo]: ...
    def advance(self, by: timedelta) -> Awaitable[int]:
        """Let time pass, for tests; returns how many keys were forgotten."""
        ...

    def config(self, name: str, value: Any = None) -> Awaitable[Any]: ...
    def flush(self) -> Awaitable[None]: ...
