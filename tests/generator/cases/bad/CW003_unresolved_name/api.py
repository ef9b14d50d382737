from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nowhere import Missing


class Api(Protocol):
    async def f(self, a: int, b: Usr) -> dict[str, list[Profil]]: ...
    async def g(self, a: "list[Usr]") -> Missing: ...
    async def h(self) -> typing.Any: ...
