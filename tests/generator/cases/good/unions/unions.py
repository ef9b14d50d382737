"""Unions: with a tag, with fields of their own, and of what arrives differently."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Optional, Protocol, Union
from uuid import UUID

from pydantic import BaseModel, Field
from typing_extensions import TypedDict


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    lives: int = 1


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Owner(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")
    others: list[Pet] = []


@dataclass
class Created:
    type: Literal["created"]
    name: str


@dataclass
class Deleted:
    type: Literal["deleted", "erased"]
    name: str


class Circle(TypedDict):
    shape: Literal["circle"]
    radius: float


class Square(TypedDict):
    shape: Literal["square"]
    side: float


class User(Protocol):
    async def name(self) -> str: ...


class Unions(Protocol):
    async def pet(self, pet: Pet, other: Annotated[Cat | Dog | None, Field(discriminator="kind")]) -> Pet: ...
    async def event(self, event: Created | Deleted) -> list[Created | Deleted]: ...
    async def shape(self, shape: Union[Circle, Square, None]) -> Circle | Square: ...
    async def owner(self, owner: Owner) -> Owner | None: ...
    async def user(self, user: User | None | str) -> Optional[Union[User, int]]: ...
    async def scalars(self, a: int | float, b: datetime | str) -> date | UUID | Decimal | None: ...
    async def containers(self, a: list[int] | str) -> dict[str, int] | list[str] | bool: ...
