from typing import Protocol


class Api(Protocol):
    async def a(self) -> int: ...


class Admin(Protocol):
    async def stop(self) -> None: ...
