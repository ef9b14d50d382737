"""An interface inside of a package."""

from typing import Protocol

from . import models
from .models.goods import Item


class Shop(Protocol):
    async def buy(self, item: Item) -> models.Receipt: ...
