"""An event loop whose clock jumps: tests of timeouts that wait for nothing, and never hang.

```python
async def main() -> None:
    async with asyncio.timeout(3600):
        await virtual_time.elapse(3599)     # takes no time at all

virtual_time.run(main())
```

When no callback is ready and nothing has arrived, an event loop sleeps until its next timer. This
one sets its clock to that timer instead, so that everything happens in the order of its time and at
once. Where an event loop would sleep for ever, since there is no timer either, this one raises
`DeadlockError`, which says what each task waits for.

It is made for programs whose parts are all in this process: the memory transport, tasks, queues.
What comes from elsewhere takes real time, and the loop cannot know how much: a socket has the time
until the next timer, which is none; only where there is no timer it is waited for. Work in the
loop's executor (`asyncio.to_thread`) is waited for, and while it runs the clock runs as others do.
A thread that the loop did not start is unknown to it.
"""

import asyncio
import inspect
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

from typing_extensions import TypeVarTuple, override

__all__ = ["DeadlockError", "VirtualTimeLoop", "elapse", "run"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: What a loop registers of its own, to be woken by threads and signals.
_OWN_FILES: Final = 1


class DeadlockError(RuntimeError):
    """Nothing can happen any more: no callback is ready, no timer runs, no file is listened to."""


def run(main: Coroutine[Any, Any, T], *, debug: bool | None = None) -> T:
    """Run a coroutine as `asyncio.run` does, in virtual time; gives what it returns.

    Raises:
        DeadlockError: if it waits for what cannot happen. All tasks are cancelled then.
    """
    with asyncio.Runner(debug=debug, loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


async def elapse(seconds: float) -> None:
    """Let that much time pass, and with it whatever is due until then, timers of this moment too.

    As `asyncio.sleep`, but for virtual time alone: a test that says `elapse` never really waits.

    Raises:
        RuntimeError: on any other event loop.
        ValueError: for a time below zero, infinite or no number.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        raise RuntimeError(  # noqa: TRY004 (the argument is not what is wrong)
            f"elapse({seconds!r}) would really wait on {type(loop).__name__}, whose clock does not"
            " jump: run the test with virtual_time.run, or use asyncio.sleep"
        )
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{seconds!r} seconds cannot elapse: not a time of zero or more")
    await asyncio.sleep(seconds)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The event loop; `time()` begins at 0. For `asyncio.Runner(loop_factory=VirtualTimeLoop)`."""

    def __init__(self) -> None:
        self._virtual_now = 0.0
        self._in_threads = 0
        super().__init__(_JumpingSelector(self))

    @override
    def time(self) -> float:
        """Seconds since the loop was made, as far as it has been set."""
        return self._virtual_now

    @override
    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        assert isinstance(future, asyncio.Future)
        self._in_threads += 1
        future.add_done_callback(self._thread_done)
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._in_threads += 1  # one that waits for the others
        try:
            # Python 3.11 has no such argument, and waits as long as it takes.
            await super().shutdown_default_executor(*(() if timeout is None else (timeout,)))
        finally:
            self._in_threads -= 1

    def _thread_done(self, _: object) -> None:
        self._in_threads -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Tells what has arrived; where nothing has, sets the clock instead of waiting."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What has arrived. `timeout` is None where there is no timer, 0 where more is to be done.

        Raises:
            DeadlockError: if nothing will ever arrive.
        """
        if self._loop._in_threads:
            ready = super().select(timeout)
        else:
            ready = super().select(0)
            if not ready and timeout is None:
                if len(self.get_map()) <= _OWN_FILES:
                    raise DeadlockError(_waiting(self._loop))
                ready = super().select()
        if not ready and timeout:
            self._loop._virtual_now += timeout
        return ready


def _waiting(loop: asyncio.AbstractEventLoop) -> str:
    """What each task waits for, innermost line of its own last."""
    lines = [f"deadlock at {loop.time():g} s: no task can go on"]
    for task in sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name()):
        lines.append(f"  {task.get_name()}")
        awaited: object = task.get_coro()
        while inspect.iscoroutine(awaited) and awaited.cr_frame is not None:
            frame = awaited.cr_frame
            code = frame.f_code
            lines.append(f"    {code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
            awaited = awaited.cr_await
    return "\n".join(lines)
