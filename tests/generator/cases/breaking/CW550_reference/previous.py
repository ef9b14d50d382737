from typing import Protocol


class Room(Protocol):
    async def enter(self) -> None: ...


class Api(Protocol):
    async def room(self) -> Room: ...
