from typing import Protocol


class Listener(Protocol):
    async def said(self, text: str) -> None: ...
    async def left(self) -> None: ...


class Api(Protocol):
    async def listen(self, listener: Listener) -> None: ...
