"""Methods that may be carried out twice: marked in every way that Python has for it."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

import capnweb_runtime as rpc
from capnweb_runtime import idempotent as repeatable

F = TypeVar("F", bound=Callable[..., Any])


def logged(function: F) -> F:
    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


class Reading(Protocol):
    @rpc.idempotent
    async def get(self, key: str) -> bytes | None: ...
    @repeatable
    def find(self, *keys: str, limit: int = 10) -> Awaitable[list[str]]: ...
    async def next(self) -> str: ...


class Idempotent(Reading, Protocol):
    """Inherits one mark, and loses the other: what it declares anew is not marked."""

    async def find(self, *keys: str, limit: int = 10) -> list[str]: ...
    @rpc.idempotent
    @abstractmethod
    async def put(self, key: str, value: bytes) -> None:
        """Twice the same is the same."""

    @abstractmethod
    @rpc.idempotent
    async def delete(self, key: str) -> None: ...
    @logged
    @rpc.idempotent
    async def size(self) -> int: ...
    @property
    @rpc.idempotent
    def title(self) -> str: ...
    async def append(self, key: str, value: bytes) -> None: ...
