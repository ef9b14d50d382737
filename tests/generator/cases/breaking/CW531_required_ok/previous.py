from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    id: int


class Users(BaseModel):
    users: list[User]


class Api(Protocol):
    async def put(self, user: User) -> None: ...
    async def all(self) -> Users: ...
