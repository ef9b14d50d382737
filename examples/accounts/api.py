"""A shop: what everybody may do, what a user may do, and what its staff may do."""

from typing import Protocol

from pydantic import BaseModel


class Order(BaseModel):
    number: int
    user: str
    item: str


class Account(Protocol):
    """What one user may do, to their own orders."""

    async def order(self, item: str) -> Order: ...
    async def orders(self) -> list[Order]: ...


class Staff(Protocol):
    """What those may do who work here."""

    async def orders_of_all(self) -> list[Order]: ...
    async def cancel(self, number: int) -> Order: ...
    async def auditor(self) -> "Auditor":
        """A part of this, to hand on to somebody who should only look."""
        ...


class Auditor(Protocol):
    """What somebody may do who only looks."""

    async def orders_of_all(self) -> list[Order]: ...


class Shop(Protocol):
    """What everybody may do."""

    async def items(self) -> list[str]: ...
    async def sign_in(self, user: str, password: str) -> Account: ...
    async def sign_in_staff(self, user: str, password: str) -> Staff: ...
