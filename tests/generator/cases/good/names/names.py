"""Names that could be captured, or could capture something."""

from __future__ import annotations

import builtins
from typing import Protocol

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(protected_namespaces=())

    of: int
    dup: str
    dispose: bool = False
    on_broken: str = ""
    property: str = ""
    staticmethod: str = ""
    model_dump_: builtins.str = ""
    self: builtins.str = ""


class Names(Protocol):
    class Options(BaseModel):
        """Nested in an interface."""

        limit: int

    async def list(self) -> builtins.list[int]: ...
    async def int(self, str: str, float: float) -> builtins.int: ...
    async def property(self, options: Options) -> Model: ...
    async def on_broken(self) -> None: ...
    async def dispose(self, cls: bool = True) -> Options: ...
    async def print(self, args: str, kwargs: str, name: str, shape: str) -> None: ...
    async def send(self, hook: bool, path: bool) -> None: ...
    async def ünïcode(self, größe: float) -> float: ...
