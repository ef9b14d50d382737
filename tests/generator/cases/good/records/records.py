"""Named types: models of every kind, enums, NewTypes, aliases."""

import enum
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple, NewType, Protocol

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, RootModel
from pydantic.alias_generators import to_camel
from typing_extensions import NotRequired, TypeAliasType, TypedDict

UserId = NewType("UserId", int)
Percentage = Annotated[int, Field(ge=0, le=100)]
Row = list[tuple[int, str]]
Json = TypeAliasType(
    "Json", "dict[str, Json] | list[Json] | str | int | float | bool | None"
)
Names = TypeAliasType("Names", list[str])


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Tone(str, enum.Enum):
    """How it sounds."""

    SOFT = "soft"
    LOUD = "loud"


class Camel(BaseModel):
    """A model with other names on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    first_name: str
    last_name: str = Field(default="", alias="surname")
    secret: str = Field(default="", exclude=True)
    limit: Percentage = 3


class Base(BaseModel):
    id: UserId


class Derived(Base):
    tone: Tone = Tone.SOFT
    children: "list[Derived]" = []


class Tags(RootModel[list[str]]):
    pass


@dataclass
class Point:
    x: float
    y: float = 0.0
    notes: list[str] = field(default_factory=list[str])


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


Headers = TypedDict("Headers", {"content-type": str, "etag": str})


class Interval(NamedTuple):
    start: int
    end: int = 0


class Nothing(BaseModel):
    pass


class Records(Protocol):
    async def models(self, camel: Camel, derived: Derived) -> list[Derived]: ...
    async def others(self, point: Point, movie: Movie, interval: Interval) -> Interval: ...
    async def headers(self) -> Headers: ...
    async def enums(self, level: Level, tone: Tone, literal: Literal[Tone.SOFT]) -> Level: ...
    async def names(self, user: UserId, share: Percentage, count: PositiveInt) -> UserId: ...
    async def aliases(self, row: Row, json: Json, names: Names) -> Json: ...
    async def root(self, tags: Tags) -> Tags: ...
    async def nothing(self) -> Nothing: ...
