from dataclasses import dataclass
from typing import Protocol


@dataclass
class Point:
    _api: int


class Api(Protocol):
    async def f(self, _s: int, _fine: int) -> Point: ...
    async def g(self, _s_list_int: int) -> int: ...
