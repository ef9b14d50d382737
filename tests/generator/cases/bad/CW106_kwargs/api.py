from typing import Any, Protocol


class Api(Protocol):
    async def f(self, a: int, **options: Any) -> int: ...
