"""An annotation whose object does not let itself be looked at."""

from typing import Protocol


class Strange:
    def __hash__(self) -> int:
        raise RuntimeError("no hash")


strange = Strange()


class Api(Protocol):
    async def f(self, a: strange) -> int: ...
