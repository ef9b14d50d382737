"""Timeouts of single calls."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from capnweb_runtime.aio.refs import Promise
from capnweb_runtime.checks import check_timeout
from capnweb_runtime.errors import CallTimeoutError

__all__ = ["within"]

T = TypeVar("T")


def within(seconds: float | None, promise: Promise[T], /) -> Coroutine[Any, Any, T]:
    """Await a promise for so long, whatever the `call_timeout` of its session says.

    ```python
    profile = await rpc.within(5, api.get_profile(7))
    ```
    The clock begins when this is awaited, and stops when the whole value is here. A call that takes
    longer is given up, as by cancellation: what works on it at the peer is cancelled, and calls
    that were queued only for its sake are not made. `asyncio.timeout` does the same for a block of
    code; where both are in force the shorter one acts, each by its own error.

    Args:
        seconds: above zero; None for as long as it takes.
        promise: what a call or property will be.

    Raises:
        ValueError: for a timeout that is not above zero.
        CallTimeoutError: when it is awaited, if the value did not come in time; and whatever
            awaiting the promise raises.
    """
    return _within(check_timeout(seconds), promise)


async def _within(seconds: float | None, promise: Promise[T]) -> T:
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            return await _Patiently(promise)
    except TimeoutError:
        if seconds is None or not scope.expired():
            raise  # of the value itself
    raise CallTimeoutError(seconds)


class _Patiently(Generic[T]):
    """Awaits a promise without the timeout of its session."""

    __slots__ = ("_promise",)

    def __init__(self, promise: Promise[T]) -> None:
        self._promise = promise

    def __await__(self) -> Generator[Any, Any, T]:
        return self._promise._receive(wait_long=True)
