from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, Field


class Sum(BaseModel):
    kind: Literal["sum"]
    parts: "list[Sum | Product | int]"


class Product(BaseModel):
    kind: Literal["product"]
    parts: "list[Sum | Product | int]"


class Either(BaseModel):
    kind: Literal["either"]
    parts: "list[Annotated[Either | Both, Field(discriminator='kind')]]"


class Both(BaseModel):
    kind: Literal["both"]
    parts: "list[Annotated[Either | Both, Field(discriminator='kind')]]"


@dataclass
class File:
    name: str


@dataclass
class Folder:
    entries: "list[File | Folder]"


class Api(Protocol):
    async def value(self, term: Sum | Product) -> int: ...
    async def holds(self, term: Either | Both) -> bool: ...
    async def tree(self) -> Folder: ...
