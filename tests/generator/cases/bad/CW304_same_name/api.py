from typing import Protocol

from pydantic import BaseModel


class User(BaseModel):
    name: str
    dup: str
    dup_: str


class UserPromise(BaseModel):
    name: str


class ApiStub: ...


class Outer:
    class Inner(BaseModel):
        name: str


class OuterInner(BaseModel):
    name: str


class Api(Protocol):
    async def user(self) -> User: ...
    async def inner(self) -> Outer.Inner: ...
    async def other(self) -> OuterInner: ...
    async def dispose(self) -> None: ...
    async def dispose_(self) -> None: ...
