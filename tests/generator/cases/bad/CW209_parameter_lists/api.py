from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, Protocol

P = ParamSpec("P")


class Api(Protocol):
    async def f(self, call: Callable[P, Awaitable[int]]) -> int: ...
    async def g(self, call: Callable[Concatenate[int, P], Awaitable[int]]) -> int: ...
