from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    first_name: str


class Api(Protocol):
    async def get(self) -> User: ...
