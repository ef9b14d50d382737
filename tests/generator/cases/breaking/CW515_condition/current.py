from typing import Annotated, Protocol

from pydantic import Field


class Api(Protocol):
    async def find(self, limit: Annotated[int, Field(ge=1, le=9)]) -> int: ...
