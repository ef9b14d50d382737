"""Names on the wire that the source gives, beside ones that it leaves as they are."""

from typing import Protocol

import capnweb_runtime as rpc
from capnweb_runtime import wire_name


class Mail(Protocol):
    @property
    @wire_name("from")
    def from_(self) -> str: ...

    @property
    def subject(self) -> str: ...


class Base(Protocol):
    @wire_name("listMails")
    async def list_mails(self) -> list[Mail]: ...


class Box(Base, Protocol):
    @rpc.idempotent
    @rpc.wire_name("delete")
    async def delete_mail(self, number: int, *, for_good: bool = False) -> None: ...

    async def list_mails(self) -> list[Mail]:
        """Overridden, it keeps its name."""
        ...
