"""Users, their profiles and their friends: calls that depend on one another."""

from typing import Protocol

from pydantic import BaseModel


class Profile(BaseModel):
    id: int
    name: str
    bio: str


class AuthedApi(Protocol):
    """What a user may do who has said who they are."""

    async def get_user_id(self) -> int: ...

    async def get_friend_ids(self) -> list[int]: ...


class Api(Protocol):
    """What anybody may do."""

    async def authenticate(self, token: str) -> AuthedApi:
        """The capabilities of the user with this token; whoever holds them needs no other proof."""
        ...

    async def get_profile(self, user_id: int) -> Profile: ...
