"""Awaiting promises, one or many at once: asking for values, and giving up when nobody waits."""

import asyncio
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from capnweb_runtime.core.hook import Hook, Reference, Settled
from capnweb_runtime.core.hooks import ErrorHook
from capnweb_runtime.core.payload import OpenPayload
from capnweb_runtime.errors import DisposedError

if TYPE_CHECKING:
    from capnweb_runtime.aio.refs import Ref

__all__ = ["Awaiting", "AwaitingAll"]


class Awaiting:
    """One awaiting of one promise.

    It is itself the callback that is told the value: to await makes no more than this, a future and
    a generator.

    Attributes:
        arrived: whether the value is here, or there will be none.
        failure: why there will be none.
    """

    __slots__ = ("_future", "_hook", "_payload", "_promise", "_together", "arrived", "failure")

    _payload: OpenPayload

    def __init__(self, promise: "Ref", together: "AwaitingAll | None" = None) -> None:
        """`together` is told as well when it has arrived."""
        self._promise = promise
        self._together = together
        self._hook: Hook = promise._hook
        self._future: asyncio.Future[None] | None = None
        self.arrived = False
        self.failure: BaseException | None = None

    def ask(self, *, wait_long: bool = False) -> None:
        """Ask for the value, which may be here already; `end` has to follow.

        `wait_long`: whatever the `call_timeout` of its session says.
        """
        promise = self._promise
        promise._awaiting += 1
        if promise._path:
            self._hook = self._hook.get(promise._path)
        self._hook.pull(self)
        if wait_long:
            self._hook.wait_long()

    def __call__(self, settled: Settled) -> None:
        """The hook has its value."""
        if isinstance(settled, BaseException):
            self._settled(settled)
            return
        self._payload = payload = settled.open()
        if payload.has_promises:
            payload.settle(self._settled)
        else:
            self._settled(None)

    def _settled(self, failure: BaseException | None) -> None:
        self.failure = failure
        self.arrived = True
        if self._together is not None:
            self._together.told(failure)
        elif self._future is not None and not self._future.done():  # done: who waited was cancelled
            self._future.set_result(None)

    def wait(self) -> Generator[Any, Any, None]:
        """Wait until it has arrived, in the running event loop."""
        self._future = asyncio.get_running_loop().create_future()
        yield from self._future

    def end(self) -> None:
        """Nobody waits any more: with the last one, a call that is under way is given up.

        At once: an exception on its way keeps the frames that it came through, and with them the
        promise, perhaps for long.
        """
        promise = self._promise
        promise._awaiting -= 1
        if self.arrived:
            return
        if promise._path:
            self._hook.dispose()  # it is this one's alone
        elif promise._awaiting == 0:
            hook = promise._hook
            promise._hook = ErrorHook(
                DisposedError("the call was given up: who awaited it was cancelled")
            )
            hook.dispose()

    def take(self, wrap: Callable[[Reference], object]) -> Any:
        """The value that has arrived, as `OpenPayload.take`.

        Raises:
            BaseException: what the promise failed with.
        """
        if self.failure is not None:
            raise self.failure.with_traceback(None)
        return self._payload.take(wrap)


class AwaitingAll:
    """The awaiting of several promises, with one future for them all."""

    __slots__ = ("_failed", "_future", "_left", "_parts")

    def __init__(self) -> None:
        self._parts: list[Awaiting] = []
        self._left = 0
        self._failed: BaseException | None = None
        self._future: asyncio.Future[None] | None = None

    def ask(self, promise: "Ref") -> Awaiting:
        """Ask for the value of one more; `end` has to follow."""
        part = Awaiting(promise, self)
        self._parts.append(part)
        self._left += 1
        part.ask()
        return part

    def told(self, failure: BaseException | None) -> None:
        """One of them has arrived, or failed."""
        self._left -= 1
        if failure is not None and self._failed is None:
            self._failed = failure
        done = self._left == 0 or failure is not None
        if done and self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        """Wait until all have arrived.

        Raises:
            BaseException: what the first that failed has failed with, as soon as it has.
        """
        if self._left and self._failed is None:
            self._future = asyncio.get_running_loop().create_future()
            await self._future
        if self._failed is not None:
            raise self._failed.with_traceback(None)

    def end(self) -> None:
        """Nobody waits any more."""
        for part in self._parts:
            part.end()
