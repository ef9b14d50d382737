"""Called like the other one; names `builtins` and `capnweb_runtime` mean something else here."""

from typing import Protocol

import fleet as builtins
from fleet import parts as capnweb_runtime
from fleet.client import Stub


class Harbour(Protocol):
    async def ships(self) -> list[builtins.Ship]: ...
    async def spare(self) -> capnweb_runtime.Engine | None: ...
    async def stub(self, stub: Stub) -> Stub: ...
