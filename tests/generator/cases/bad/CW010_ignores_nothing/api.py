"""Comments that do nothing, beside two that do."""

from typing import Protocol


class Api(Protocol):
    async def dup(self) -> int: ...  # capnweb: ignore[CW305]

    # Between Python peers only.
    # capnweb: ignore[CW305]
    async def map(self) -> int: ...

    async def catch(self) -> int: ...  # capnweb: ignore
    async def plain(self) -> int: ...  # capnweb: ignore[CW305]
    async def unknown(self) -> int: ...  # capnweb: ignore[cw305, CW9999]
    async def error(self) -> int: ...  # capnweb: ignore[CW201]
