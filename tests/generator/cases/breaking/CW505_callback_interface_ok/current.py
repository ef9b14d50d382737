from typing import Protocol


class Listener(Protocol):
    async def said(self, text: str) -> None: ...


class Api(Protocol):
    async def listen(self, listener: Listener) -> None: ...
