"""Models and an interface that another module uses."""

from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    name: str


class Group(BaseModel):
    class Member(BaseModel):
        user: User

    members: list[Member]


class Base(Protocol):
    async def ping(self) -> int: ...
