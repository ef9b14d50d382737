from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    id: int
    name: str = ""


class Users(BaseModel):
    users: list[User]
    next: int


class Api(Protocol):
    async def put(self, user: User) -> None: ...
    async def all(self) -> Users: ...
