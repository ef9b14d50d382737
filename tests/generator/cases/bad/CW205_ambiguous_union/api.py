from collections.abc import Callable
from typing import Protocol


class A(Protocol):
    async def a(self) -> int: ...


class B(Protocol):
    async def b(self) -> int: ...


class Api(Protocol):
    async def either(self) -> A | B | None: ...
    async def pass_it(self, value: list[A | Callable[[], int]]) -> A | int: ...
