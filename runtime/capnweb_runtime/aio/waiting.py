"""Waiting, in asyncio, for what the engine tells by a callback."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Arrival"]

V = TypeVar("V")


class Arrival(Generic[V]):
    """Awaits the one call of a callback, without a turn of the loop if it comes at once."""

    __slots__ = ("_start",)

    def __init__(self, start: Callable[[Callable[[V], None]], None]) -> None:
        """`start` is given the callback when this is awaited."""
        self._start = start

    def __await__(self) -> Generator[Any, Any, V]:
        arrived: list[V] = []
        future: asyncio.Future[None] | None = None

        def arrive(result: V) -> None:
            arrived.append(result)
            if future is not None and not future.done():  # done: whoever waited was cancelled
                future.set_result(None)

        self._start(arrive)
        if not arrived:
            future = asyncio.get_running_loop().create_future()
            yield from future
        return arrived[0]
