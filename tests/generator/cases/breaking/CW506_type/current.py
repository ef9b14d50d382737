from typing import Protocol

from pydantic import BaseModel


class Person(BaseModel):
    name: str


class Api(Protocol):
    async def get(self) -> Person: ...
