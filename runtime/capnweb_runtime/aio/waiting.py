"""Waiting, in asyncio, for what the engine tells by a callback."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Arrival"]

V = TypeVar("V")


class Arrival(Generic[V]):
    """Awaits the one call of a callback, without a turn of the loop if it comes at once.

    It is the callback itself: a promise that is awaited makes no more than this and a future.
    """

    __slots__ = ("_arrived", "_future", "_give_up", "_result", "_start")

    _result: V

    def __init__(
        self,
        start: Callable[[Callable[[V], None]], None],
        give_up: Callable[[], object] | None = None,
    ) -> None:
        """`start` is given the callback when this is begun, at the latest when it is awaited.

        `give_up` is called if whoever awaits it is cancelled before.
        """
        self._start: Callable[[Callable[[V], None]], None] | None = start
        self._give_up = give_up
        self._arrived = False
        self._future: asyncio.Future[None] | None = None

    def __call__(self, result: V) -> None:
        """It has come."""
        self._result = result
        self._arrived = True
        if self._future is not None and not self._future.done():  # done: who waited was cancelled
            self._future.set_result(None)

    def begin(self) -> None:
        """Have it called, before this is awaited."""
        start, self._start = self._start, None
        if start is not None:
            start(self)

    def __await__(self) -> Generator[Any, Any, V]:
        self.begin()
        if not self._arrived:
            self._future = asyncio.get_running_loop().create_future()
            try:
                yield from self._future
            except BaseException:  # cancelled, or closed with its event loop
                self._left()
                raise
        return self._result

    def _left(self) -> None:
        if not self._arrived and self._give_up is not None:
            self._give_up()
