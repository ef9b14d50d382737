from typing import Protocol

from pydantic import BaseModel, Field


class Model(BaseModel):
    constructor: str
    other: str = Field(alias="__proto__")


class Api(Protocol):
    async def get(self, *, valueOf: int = 3) -> Model: ...
