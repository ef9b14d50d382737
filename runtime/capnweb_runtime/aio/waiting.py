"""Waiting, in asyncio, for what the engine tells by a callback."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Arrival"]

V = TypeVar("V")


class Arrival(Generic[V]):
    """Awaits the one call of a callback, without a turn of the loop if it comes at once."""

    __slots__ = ("_arrived", "_future", "_result", "_start")

    _result: V

    def __init__(self, start: Callable[[Callable[[V], None]], None]) -> None:
        """`start` is given the callback when this is awaited."""
        self._start = start
        self._arrived = False
        self._future: asyncio.Future[None] | None = None

    def _arrive(self, result: V) -> None:
        self._result = result
        self._arrived = True
        if self._future is not None and not self._future.done():  # done: who waited was cancelled
            self._future.set_result(None)

    def __await__(self) -> Generator[Any, Any, V]:
        self._start(self._arrive)
        if not self._arrived:
            self._future = asyncio.get_running_loop().create_future()
            yield from self._future
        return self._result
