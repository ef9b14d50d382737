"""What means something else in JavaScript: names, texts, numbers, and models that are told apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Annotated, Literal, NewType, Protocol
from uuid import UUID

from pydantic import BaseModel, Field
from typing_extensions import deprecated

OrderId = NewType("OrderId", int)
UserId = NewType("UserId", int)


class Date(BaseModel):
    """Not the one of JavaScript: */ alert(1) /* stays a comment.

    @deprecated is no tag here.
    """

    day: date
    at: datetime


class Promise(BaseModel):
    kept: bool = True


class RpcStub(BaseModel):
    number: int


class Uint8Array(BaseModel):
    data: bytes


class string(BaseModel):
    text: str


class Size(Enum):
    SMALL = 1.5
    HUGE = float("inf")


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    good: bool


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Node(Protocol):
    """Leads back to itself."""

    async def parent(self) -> Node | None: ...
    async def adopt(self, child: Node) -> Node: ...
    async def children(self) -> list[Node]: ...
    def watch(self, on_child: Callable[[Node], Awaitable[None]]) -> Awaitable[None]: ...


class JavaScript(Protocol):
    async def new(self, function: Date, var: Promise | None = None) -> string: ...
    async def arguments(self, this: RpcStub, arguments: list[Uint8Array]) -> Size: ...
    async def pets(self, pets: list[Pet], *names: str, shout: bool = False) -> list[Pet]: ...
    async def large(self, mode: Literal[9007199254740993, 7]) -> Literal[-9007199254740993]: ...
    async def root(self, nodes: list[Node], first: Node | None = None) -> Node: ...
    def nodes(self, nodes: AsyncIterator[Node]) -> AsyncIterator[Node]: ...
    async def order(self, user: UserId) -> OrderId: ...
    async def texts(self, price: Decimal, key: UUID, at: time) -> tuple[timedelta, PurePosixPath]: ...
    @deprecated("use `order`\n@see */ order")
    async def old(self, before: int = 3, *, options: int) -> bytes: ...
