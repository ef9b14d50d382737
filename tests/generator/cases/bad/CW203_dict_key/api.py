from typing import Protocol


class Api(Protocol):
    async def f(self, ages: dict[int, str]) -> list[dict[str | int, int]]: ...
