from typing import Protocol

from typing_extensions import deprecated


class Api(Protocol):
    async def a(self) -> int: ...
    @deprecated("use a")
    async def b(self) -> int: ...
    async def c(self) -> int: ...
