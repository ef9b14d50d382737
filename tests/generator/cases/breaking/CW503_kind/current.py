from typing import Protocol


class Api(Protocol):
    @property
    def size(self) -> int: ...
