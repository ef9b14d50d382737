from collections.abc import Callable
from typing import Protocol


class Api(Protocol):
    async def watch(self, on: Callable[[str], None]) -> None: ...
