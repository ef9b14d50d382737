from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    id: int


class Api(Protocol):
    async def get(self) -> User: ...
    async def put(self, user: User) -> None: ...
