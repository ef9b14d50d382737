from typing import Protocol

from pydantic import AliasChoices, BaseModel, Field


class User(BaseModel):
    name: str = Field(validation_alias="userName")
    email: str = Field(serialization_alias="mail")
    both: str = Field(alias="b")
    choice: str = Field(validation_alias=AliasChoices("x", "y"), serialization_alias="y")


class Api(Protocol):
    async def get(self) -> User: ...
