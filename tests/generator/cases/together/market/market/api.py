"""The root, which has a User of its own kind."""

from dataclasses import dataclass
from typing import Protocol

from market import orders, users
from market.money import Price
from market.orders import Courier


class User(Protocol):
    """Another class of the same name."""

    async def number(self) -> int: ...


@dataclass
class Desk:
    """A model with capabilities of other modules in it."""

    clerk: users.User
    courier: Courier | None = None


class Api(Protocol):
    async def people(self) -> users.Users: ...
    async def sign_in(self, name: str) -> users.User: ...
    async def me(self) -> User: ...
    async def trade(self) -> orders.Orders: ...
    async def desk(self, desk: Desk) -> Desk: ...
    async def prices(self) -> users.Repo[Price]: ...
    async def either(self, key: int | orders.Order) -> users.User | str: ...
