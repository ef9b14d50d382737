"""Methods with several signatures, and members that are on their way out."""

from collections.abc import AsyncIterator, Callable
from typing import Literal, Protocol, TypeVar, overload

import typing_extensions
from pydantic import BaseModel
from typing_extensions import deprecated

import capnweb_runtime as rpc

T = TypeVar("T")


class User(BaseModel):
    id: int
    name: str


class File(Protocol):
    async def read(self) -> bytes: ...


class Repo(Protocol[T]):
    @overload
    async def get(self, key: int, /) -> T: ...
    @overload
    async def get(self, key: list[int], /) -> list[T]: ...


class Overloads(Protocol):
    @overload
    async def find(self, key: int) -> User: ...
    @overload
    async def find(self, key: str, *, limit: int = 10) -> list[User]:
        """Find one by its id, or several by name."""

    @overload
    async def find(self, key: bytes, *tags: str) -> dict[str, User] | None: ...
    async def find(self, key: object, *args: object, **options: object) -> object: ...

    @overload
    @rpc.idempotent
    @rpc.wire_name("openFile")
    async def open(self, path: str, mode: Literal["read"]) -> File: ...
    @overload
    async def open(self, path: str, mode: Literal["write"], data: bytes) -> int: ...
    @overload
    def tail(self, file: File) -> AsyncIterator[bytes]: ...
    @overload
    def tail(self, file: list[Callable[[int], bytes]]) -> AsyncIterator[int]: ...

    @overload
    @deprecated("use find")
    async def old(self) -> None: ...
    @overload
    @deprecated("use find")
    async def old(self, key: int) -> int: ...

    @typing_extensions.deprecated('say "find"')
    async def older(self) -> int: ...
    @property
    @deprecated("gone soon")
    def oldest(self) -> int: ...
    async def users(self) -> Repo[User]: ...
