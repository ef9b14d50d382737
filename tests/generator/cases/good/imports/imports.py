"""Types from other modules, some of which only type checkers import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import imports_models

if TYPE_CHECKING:
    from imports_models import User as Person


class Imports(imports_models.Base, Protocol):
    async def person(self) -> Person: ...
    async def group(self, group: imports_models.Group) -> "list[imports_models.Group.Member]": ...
    async def later(self) -> "Later": ...


class Later(Protocol):
    async def base(self) -> imports_models.Base: ...
