"""Orders of the users of `market.users`, which refers to them in turn."""

from typing import Protocol

from pydantic import BaseModel

from market.money import Price
from market.users import Address, Profile, Repo, User


class Order(BaseModel):
    number: int
    buyer: Profile
    price: Price
    to: Address


class Courier(User, Protocol):
    """A user of another module, and more."""

    async def carries(self) -> list[Order]: ...


class Orders(Repo[Order], Protocol):
    async def place(self, item: str, to: Address) -> Order: ...
    async def courier(self, number: int) -> Courier: ...
    async def given_to(self, user: User) -> list[Order]: ...
