"""What a user writes: every kind of type and member that the generator knows, at least once."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Protocol,
    TypeVar,
    runtime_checkable,
)

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import NotRequired, TypedDict

from capnweb_runtime import BigInt, Blob, FarDate

T = TypeVar("T")
K = TypeVar("K", covariant=True)

UserId = NewType("UserId", int)
Percentage = Annotated[int, Field(ge=0, le=100)]


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str
    city: str


class User(BaseModel):
    id: int
    name: str
    address: Address
    tags: list[str] = []
    color: Color = Color.RED
    role: Literal["admin", "user"] = "user"
    manager: User | None = None  # recursive
    reports: list[User] = []
    scores: dict[str, float] = {}
    home: tuple[float, float] = (0.0, 0.0)
    aliases: list[str] | None = None
    dup: str = ""  # what every promise has


class Group(BaseModel):
    title: str


class Page(BaseModel, Generic[T]):
    items: list[T]
    next_token: str | None = None


class Event(BaseModel):
    kind: Literal["joined", "left"]
    user: User


@dataclass
class Point:
    x: float
    y: float = 0.0


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Span(NamedTuple):
    start: int
    end: int


class Subscription(Protocol):
    async def cancel(self) -> None: ...


class AuthedApi(Protocol):
    async def get_user_id(self) -> int: ...
    async def get_friend_ids(self) -> list[int]: ...


@runtime_checkable  # pydantic checks a field of this type with isinstance()
class Channel(Protocol):
    def send(self, text: str) -> Awaitable[None]: ...
    def close(self) -> None: ...
    async def list(self) -> list[str]: ...  # the name of a builtin


@dataclass
class Room:
    """A model with a capability in it."""

    id: int
    channel: Channel
    on_close: Callable[[], Awaitable[None]] | None = None
    neighbour: Room | None = None


class Lobby(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    rooms: list[Room]


@dataclass
class Recording:
    """A model with a stream in it."""

    title: str
    sound: AsyncIterator[bytes]


class Media(Protocol):
    """Streams, and values that are classes of the runtime."""

    def tail(self) -> AsyncIterator[bytes]: ...
    async def follow(self) -> AsyncIterator[Event]: ...
    def count(self, end: int) -> AsyncGenerator[int, None]: ...
    def opened(self) -> AsyncIterator[Channel]: ...
    async def greet(self, channels: AsyncIterator[Channel]) -> int: ...
    async def upload(self, data: AsyncIterable[bytes]) -> int: ...
    async def save_users(self, users: AsyncIterator[User]) -> list[str]: ...
    async def maybe(self, end: int | None) -> AsyncIterator[int] | None: ...
    async def play(self, recording: Recording) -> Recording: ...
    async def through(
        self, data: AsyncIterator[int], change: Callable[[AsyncIterator[int]], AsyncIterator[str]]
    ) -> AsyncIterator[str]: ...
    @property
    def ticks(self) -> AsyncIterator[int]: ...
    async def thumbnail(self, picture: Blob) -> Blob: ...
    async def twice(self, number: BigInt) -> BigInt: ...
    async def doomsday(self) -> FarDate: ...


class Repo(Protocol[T]):
    async def get(self, key: int) -> T: ...
    async def all(self) -> list[T]: ...
    async def put(self, item: T) -> None: ...


class Source(Protocol[K]):
    @property
    def latest(self) -> K: ...
    async def page(self) -> Sequence[K]: ...


class UserRepo(Repo[User], Protocol):
    async def count(self) -> int: ...


class Api(Protocol):
    async def authenticate(self, token: str) -> AuthedApi: ...
    async def get_user(self, user_id: int) -> User: ...
    async def save_user(self, user: User) -> int: ...
    async def get_users(self, user_ids: list[int]) -> list[User]: ...
    async def list_ids(self) -> list[int]: ...
    async def subscribe(self, on_event: Callable[[Event], Awaitable[None]]) -> Subscription: ...
    async def watch(self, ask: Callable[[int], str] | None = None) -> None: ...
    async def lookup(self, key: str) -> User | None: ...
    async def find(self, key: str) -> User | Group: ...
    async def page(self, token: str | None = None) -> Page[User]: ...
    async def users(self) -> Repo[User]: ...
    async def source(self) -> Source[str]: ...
    async def user_repo(self) -> UserRepo: ...
    async def channels(self) -> list[Channel]: ...
    async def channel_or_note(self) -> Channel | str: ...
    async def room(self, room_id: int) -> Room: ...
    async def lobby(self) -> Lobby: ...
    async def enter(self, room: Room) -> None: ...
    async def join(self, channel: Channel, spare: Channel | None = None) -> None: ...
    async def counts(self) -> Mapping[str, User]: ...
    async def pair(self) -> tuple[int, User]: ...
    async def many(self) -> tuple[int, ...]: ...
    async def paint(self, color: Color, role: Literal["admin", "user"] = "user") -> Color: ...
    async def search(self, query: str, /, *tags: str, limit: int = 10) -> list[User]: ...
    async def plot(self, point: Point, movie: Movie, span: Span) -> Span: ...
    async def rename(self, user_id: UserId, share: Percentage) -> UserId: ...
    async def since(self, when: datetime, extra: Any = None) -> bytes: ...
    async def media(self) -> Media: ...
    async def callback(self) -> Callable[[int], Awaitable[User]]: ...
    @property
    def motd(self) -> str: ...
    @property
    def me(self) -> User: ...
