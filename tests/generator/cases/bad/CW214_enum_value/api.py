from enum import Enum
from typing import Protocol


class Shape(Enum):
    POINT = (0, 0)
    NAME = "name"


class Api(Protocol):
    async def get(self) -> Shape: ...
