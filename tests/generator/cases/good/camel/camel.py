"""Camel case on the wire: methods, properties and options; fields of models have their own aliases."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

import capnweb_runtime as rpc


class Book(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    book_id: int
    full_title: str


class Shelf(Protocol):
    @property
    def number_of_books(self) -> int: ...

    @property
    def top_shelf(self) -> "Shelf": ...

    async def put_book(self, new_book: Book) -> None: ...


class Library(Shelf, Protocol):
    async def find(
        self, title_part: str, *, max_results: int = 10, sort_by: str = "title"
    ) -> list[Book]: ...

    async def move_all(self, to_shelf: Shelf) -> int: ...

    async def get_URL(self, sha_256: str) -> str: ...

    async def close_all(self) -> None: ...

    @rpc.wire_name("fetch_it")
    async def fetch(self) -> bytes: ...

    async def MAX_SIZE(self) -> int: ...
