from typing import Protocol, TypedDict


class Movie(TypedDict):
    title: str


class Api(Protocol):
    async def movie(self) -> Movie: ...
