from typing import Annotated, Protocol

from pydantic import BaseModel, Field

Limit = Annotated[int, Field(gt=0)]


class User(BaseModel):
    age: Annotated[int, Field(ge=0)]


class Api(Protocol):
    async def f(self, limit: Annotated[int, Field(gt=0)], other: Limit) -> User: ...
