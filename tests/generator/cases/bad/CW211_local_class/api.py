from dataclasses import dataclass
from typing import Protocol


def make() -> type:
    @dataclass
    class Local:
        name: str

    return Local


Made = make()


class Api(Protocol):
    async def f(self) -> list[make()]: ...
    async def g(self) -> Made: ...
