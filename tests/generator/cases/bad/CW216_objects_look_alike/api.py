from typing import Annotated, Literal, Protocol, Union

from pydantic import BaseModel, Field


class Person(BaseModel):
    name: str


class Member(BaseModel):
    name: str
    since: int


class Group(BaseModel):
    title: str


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Api(Protocol):
    async def find(self, key: str) -> Person | Member: ...
    async def apart(self, key: str) -> Person | Group | None: ...
    async def pet(self, key: Union[Cat, Dog]) -> Annotated[Cat | Dog, Field(discriminator="kind")]: ...
