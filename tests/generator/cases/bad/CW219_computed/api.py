from typing import Protocol

from pydantic import BaseModel, ConfigDict, computed_field


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    side: int

    @computed_field
    @property
    def area(self) -> int:
        return self.side**2


class Open(BaseModel):
    side: int

    @computed_field
    @property
    def area(self) -> int:
        return self.side**2


class Api(Protocol):
    async def closed(self, closed: Closed) -> None: ...
    async def open(self, open: Open) -> Open: ...
