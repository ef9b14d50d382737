from typing import Protocol

import capnweb_runtime as rpc


class Api(Protocol):
    @rpc.idempotent
    async def put(self, key: str) -> None: ...
