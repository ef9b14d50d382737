"""No module of interfaces: what is defined here is generated wherever it is needed."""

from typing import Protocol

from pydantic import BaseModel


class Price(BaseModel):
    cents: int


class Closable(Protocol):
    async def close(self) -> None: ...
