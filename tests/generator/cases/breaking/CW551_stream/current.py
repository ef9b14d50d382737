from collections.abc import AsyncIterator
from typing import Protocol


class Api(Protocol):
    def lines(self) -> AsyncIterator[str]: ...
