from typing import Protocol

from capnweb_runtime import wire_name


class Base(Protocol):
    @wire_name("listUsers")
    async def list_users(self) -> list[int]: ...


class Api(Base, Protocol):
    @wire_name("users")
    async def list_users(self) -> list[int]: ...
