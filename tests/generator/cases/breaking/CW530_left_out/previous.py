from typing import Protocol

from typing_extensions import NotRequired, TypedDict


class Song(TypedDict):
    name: str
    year: int


class Api(Protocol):
    async def get(self) -> Song: ...
