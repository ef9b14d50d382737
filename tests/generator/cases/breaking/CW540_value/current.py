from enum import Enum
from typing import Protocol


class Tone(Enum):
    SOFT = "soft"


class Api(Protocol):
    async def play(self, tone: Tone) -> None: ...
