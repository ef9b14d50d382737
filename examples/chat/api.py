"""A chat: clients hand the server functions, and it calls them."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from pydantic import BaseModel


class Event(BaseModel):
    kind: Literal["joined", "said", "left"]
    user: str
    text: str = ""


class Membership(Protocol):
    """A seat in a room. It is given up by disposing of it, or by losing the connection."""

    async def say(self, text: str) -> None: ...

    async def members(self) -> list[str]: ...


class Account(Protocol):
    """What a user may do who has signed in."""

    async def join(self, room: str, on_event: Callable[[Event], Awaitable[None]]) -> Membership:
        """Enter a room; `on_event` is called with all that happens there."""
        ...


class Chat(Protocol):
    """What anybody may do."""

    async def sign_in(self, name: str, password: str) -> Account:
        """The account of this name, if the password is right."""
        ...
