"""Waiting, in asyncio, for what the engine tells by a callback."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Arrival"]

V = TypeVar("V")


class Arrival(Generic[V]):
    """Awaits the one call of a callback, without a turn of the loop if it comes at once."""

    __slots__ = ("_give_up", "_start")

    def __init__(
        self,
        start: Callable[[Callable[[V], None]], None],
        give_up: Callable[[], object] | None = None,
    ) -> None:
        """`start` is given the callback when this is awaited.

        `give_up` is called if whoever awaits it is cancelled before.
        """
        self._start = start
        self._give_up = give_up

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
            try:
                yield from future
            except BaseException:  # cancelled, or closed with its event loop
                if not arrived and self._give_up is not None:
                    self._give_up()
                raise
        return arrived[0]
