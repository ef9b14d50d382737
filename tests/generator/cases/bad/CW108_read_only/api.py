from typing import Protocol


class Api(Protocol):
    version: str

    @property
    def limit(self) -> int: ...

    @limit.setter
    def limit(self, value: int) -> None: ...
