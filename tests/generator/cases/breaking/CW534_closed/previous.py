from typing import Protocol

from pydantic import BaseModel, ConfigDict


class User(BaseModel):
    model_config = ConfigDict(extra="forbid")
    
    id: int


class Api(Protocol):
    async def get(self) -> User: ...
