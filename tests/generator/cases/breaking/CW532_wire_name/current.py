from typing import Protocol

from pydantic import BaseModel, Field


class User(BaseModel):
    first_name: str = Field(alias="firstName")


class Api(Protocol):
    async def get(self) -> User: ...
