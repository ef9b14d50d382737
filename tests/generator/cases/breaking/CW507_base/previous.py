from typing import Protocol


class Reader(Protocol):
    async def read(self) -> bytes: ...


class File(Reader, Protocol):
    async def size(self) -> int: ...


class Api(Protocol):
    async def open(self) -> File: ...
    async def stdin(self) -> Reader: ...
