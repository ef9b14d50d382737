"""The interface of the typed benchmark; `typed_api_rpc` is generated from it when it is run."""

from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
