from enum import Enum
from typing import Protocol


class Tone(Enum):
    SOFT = "soft"
    LOUD = "loud"


class Api(Protocol):
    async def play(self, tone: Tone) -> None: ...
