from typing import Protocol

import capnweb_runtime as rpc


class Api(Protocol):
    @rpc.wire_name("listUsers")
    async def list_users(self) -> int: ...
