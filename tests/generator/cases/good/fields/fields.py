"""Fields in all the ways in which models may have them."""

from __future__ import annotations

import enum
from dataclasses import InitVar, dataclass, field
from typing import Annotated, ClassVar, Final, Protocol

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PrivateAttr, computed_field
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import NotRequired, Required, TypedDict


class Kind(enum.StrEnum):
    A = "a"


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2


class Base(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    version: ClassVar[int] = 3
    user_name: str
    _secret: int = PrivateAttr(default=1)


class Area(Base):
    width: int = Field(validation_alias=AliasChoices("width", "w"))
    height: int = Field(alias="h")

    @computed_field
    def size(self) -> int:
        return self.width * self.height


@dataclass(kw_only=True)
class Point:
    x: int
    y: Final[int] = 3
    factor: InitVar[int] = 2
    total: int = field(init=False, default=0)
    unit: ClassVar[str] = "m"

    def __post_init__(self, factor: int) -> None:
        self.total = self.x * factor


@pydantic_dataclass
class Checked:
    a: Annotated[int, Field(alias="theA")]
    b: int = Field(default=1, gt=0)


class Partial(TypedDict, total=False):
    id: Required[int]
    name: str
    size: NotRequired[int]


class Fields(Protocol):
    async def kind(self, value: Kind) -> Kind: ...
    async def access(self, value: Access) -> Access: ...
    async def area(self, value: Area) -> Area: ...
    async def point(self, value: Point) -> Point: ...
    async def checked(self, value: Checked) -> Checked: ...
    async def partial(self, value: Partial) -> Partial: ...
