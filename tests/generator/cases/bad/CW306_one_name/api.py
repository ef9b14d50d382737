from typing import Protocol

from capnweb_runtime import wire_name


class Api(Protocol):
    async def users(self) -> int: ...

    @wire_name("users")
    async def list_users(self) -> list[int]: ...
