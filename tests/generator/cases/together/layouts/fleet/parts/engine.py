"""What is known as Motor elsewhere."""

from enum import Enum
from typing import Protocol

from pydantic import BaseModel


class Fuel(Enum):
    COAL = "coal"
    DIESEL = "diesel"


class Gauge(BaseModel):
    class Reading(BaseModel):
        """Nested in a model."""

        value: float

    last: Reading
    fuel: Fuel = Fuel.COAL


class Engine(Protocol):
    class Valve(Protocol):
        """Nested in an interface."""

        async def turn(self, by: float) -> float: ...

    async def start(self, fuel: Fuel) -> None: ...
    async def gauge(self) -> Gauge: ...
    async def valve(self, number: int) -> Valve: ...
