from enum import Enum
from typing import Protocol


class Shape(Enum):
    POINT = (0, 0)
    NAME = "name"


class Depth(Enum):
    UNKNOWN = float("nan")
    BOTTOMLESS = float("-inf")


class Api(Protocol):
    async def get(self) -> Shape: ...
    async def depth(self) -> Depth: ...
