"""The smallest service: one method."""

from typing import Protocol


class Greeter(Protocol):
    async def greet(self, name: str) -> str:
        """A greeting for whoever bears this name."""
        ...
