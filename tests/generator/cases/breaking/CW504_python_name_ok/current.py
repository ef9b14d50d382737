from typing import Protocol

import capnweb_runtime as rpc


class Api(Protocol):
    @rpc.wire_name("users")
    async def all_users(self) -> int: ...
