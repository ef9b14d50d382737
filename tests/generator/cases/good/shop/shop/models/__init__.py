"""A package inside of the package."""

from pydantic import BaseModel

from .goods import Item


class Receipt(BaseModel):
    items: list[Item]
