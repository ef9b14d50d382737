from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

sizes = [1, 2]


class Api(Protocol):
    async def h(self, a: sizes, b: list[sizes]) -> sizes[0]: ...
    async def f(self, a: 3, b: [int], c: lambda: int) -> (int, str): ...
    async def g(self, a: "not a type", b: Literal[3 + 4]) -> print: ...
    async def i(self, a: Annotated[int, Field(gt=LIMIT)]) -> Annotated[int, 1 / 0]: ...
