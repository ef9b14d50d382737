"""Many promises at once."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar, overload

from capnweb_runtime.aio.refs import Promise

__all__ = ["gather"]

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")


@overload
async def gather(p1: Promise[T1], p2: Promise[T2], /) -> tuple[T1, T2]: ...
@overload
async def gather(p1: Promise[T1], p2: Promise[T2], p3: Promise[T3], /) -> tuple[T1, T2, T3]: ...
@overload
async def gather(
    p1: Promise[T1], p2: Promise[T2], p3: Promise[T3], p4: Promise[T4], /
) -> tuple[T1, T2, T3, T4]: ...
@overload
async def gather(*promises: Promise[T]) -> tuple[T, ...]: ...
async def gather(*promises: Promise[Any]) -> tuple[Any, ...]:
    """The values of promises, all of which are asked for before the first is waited for.

    As `asyncio.gather`, but without a task for each of them, which is a third of what a call costs.

    Raises:
        Exception: what the first that failed raises. The others are given up then, and so they are
            when whoever waits is cancelled.
    """
    begun: list[_Begun[Any]] = []
    try:
        for promise in promises:
            begun.append(_Begun(promise))  # noqa: PERF401 (one may have failed already)
        return tuple([await each for each in begun])
    except BaseException:
        for each in begun:
            each.close()
        raise


class _Begun(Generic[T]):
    """A promise whose value has been asked for."""

    __slots__ = ("_receiving", "_result", "_waits_for")

    _result: T

    def __init__(self, promise: Promise[T]) -> None:
        self._receiving = promise.__await__()
        self._waits_for: Any = None
        self._resume()

    def _resume(self) -> None:
        try:
            self._waits_for = self._receiving.send(None)
        except StopIteration as stop:
            self._waits_for = None
            self._result = stop.value

    def __await__(self) -> Generator[Any, Any, T]:
        while self._waits_for is not None:
            if not self._waits_for.done():  # many have come with the first one
                yield self._waits_for
            self._resume()
        return self._result

    def close(self) -> None:
        """Nobody waits any more."""
        self._receiving.close()
