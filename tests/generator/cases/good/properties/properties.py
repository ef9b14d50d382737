"""An interface without methods, and texts that look like parts of names and are none."""

from typing import Literal, Protocol

from pydantic import BaseModel, Field


class Row(BaseModel):
    nameless: int = Field(alias="")


class Properties(Protocol):
    @property
    def fractions(self) -> list[Literal["½", "x²"]]: ...
    @property
    def ligatures(self) -> list[Literal["ﬁ"]]: ...
    @property
    def letters(self) -> list[Literal["fi"]]: ...
    @property
    def rows(self) -> list[Row]:
        "Half a character: \ud83d"
        ...
