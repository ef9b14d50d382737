"""Scalars of Python's library, which travel as text or as a number."""

import datetime as dt
import pathlib
import uuid
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import NamedTuple, NewType, Protocol
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import TypedDict

OrderId = NewType("OrderId", UUID)


class Item(BaseModel):
    id: OrderId
    price: Decimal = Decimal("0.00")
    paid: date | None = None


@dataclass
class Slot:
    begin: time
    length: timedelta


class Entry(TypedDict):
    path: pathlib.PurePosixPath
    size: Decimal


class Span(NamedTuple):
    first: date
    last: date


class Library(Protocol):
    async def price(self, amount: Decimal, *more: Decimal, rate: Decimal = Decimal(1)) -> Decimal: ...
    async def order(self, id: uuid.UUID, due: dt.date | None = None) -> OrderId: ...
    async def at(self, moment: dt.time, after: timedelta) -> dt.timedelta: ...
    async def paths(self, path: pathlib.Path, pure: pathlib.PurePath) -> list[pathlib.Path]: ...
    async def inside(self, ids: dict[str, list[UUID]], pair: tuple[date, time]) -> Decimal | int: ...
    async def models(self, item: Item, slot: Slot, entry: Entry, span: Span) -> list[Item]: ...
