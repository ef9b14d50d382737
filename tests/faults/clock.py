"""An event loop whose clock jumps: deadlines of minutes pass at once, and nothing is left to luck.

Whenever nothing happens any more but the passing of time, the clock is set to the next timer. A
deadline is thus reached if and only if nothing else would have ended the wait. Sockets within the
process are real; what is sent on one is there before the loop looks, or a moment later.
"""

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import ParamSpec

from typing_extensions import override

from tests.loops import left_as_found

__all__ = ["JumpingLoop", "elapse", "nothing_happens", "with_jumping_clock"]

P = ParamSpec("P")

#: Seconds that what was sent on a socket may take to its other end, in the same machine.
_GRACE = 0.05


class _Jumping(selectors.DefaultSelector):
    """Does not wait for time, but skips it.

    Attributes:
        skipped: seconds.
        may_skip: whether it does so now; if not, time passes as it does.
        idle: who waits until nothing happens but the passing of time.
    """

    skipped = 0.0
    may_skip = True

    def __init__(self) -> None:
        super().__init__()
        self.idle: list[asyncio.Future[None]] = []

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        skips = timeout is not None and timeout > _GRACE and self.may_skip
        if not skips and not (timeout is None and self.idle):
            return super().select(timeout)
        events = super().select(_GRACE)
        if not events and self.idle:
            for waiting in self.idle:
                if not waiting.done():
                    waiting.set_result(None)
            self.idle.clear()
        elif not events and timeout is not None:
            self.skipped += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop that skips the time in which nothing happens."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return time.monotonic() + self._jumping.skipped

    def hold(self) -> None:
        """Let time pass as it does, for example until another process has answered."""
        self._jumping.may_skip = False

    def jump(self) -> None:
        """Skip time again."""
        self._jumping.may_skip = True


async def nothing_happens() -> None:
    """Wait until nothing happens any more but the passing of time (on a `JumpingLoop`)."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    waiting = loop.create_future()
    loop._jumping.idle.append(waiting)
    await waiting


async def elapse(seconds: float) -> None:
    """Let that much time pass, skipped as far as nothing happens in it (on a `JumpingLoop`)."""
    assert isinstance(asyncio.get_running_loop(), JumpingLoop)
    await asyncio.sleep(seconds)


def with_jumping_clock(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """A test on a `JumpingLoop` of its own."""

    @wraps(test)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(left_as_found(partial(test, *args, **kwargs)))

    return synchronous
