"""A module that cannot be imported."""

from typing import Protocol


class Api(Protocol):
    async def f(self) -> int: ...


def check(limit: int) -> None:
    if limit < 0:
        raise ValueError("no such\nlimit")


check(-1)
