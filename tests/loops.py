"""Event loops for tests: each test has one of its own, and has to leave it as it was found.

    @own_loop
    async def test_square() -> None:
        ...

No task may run on, nothing may have been reported to the event loop, and what was left open warns
before the next test begins.
"""

import asyncio
import functools
import gc
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

__all__ = ["left_as_found", "own_loop", "run"]

P = ParamSpec("P")


async def left_as_found(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test on this event loop, to which it is alone.

    Raises:
        AssertionError: if something was reported to the event loop, or a task is left.
    """
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    try:
        await test()
    except BaseException as error:
        for report in reports:
            error.add_note(f"reported to the event loop: {report}")
        raise
    assert reports == [], reports
    assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks that nobody waits for"


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test on an event loop of its own, which has to be left as it was found."""
    gc.collect()
    gc.disable()  # nothing may depend on when Python looks for cycles
    try:
        asyncio.run(left_as_found(test))
    finally:
        gc.enable()
    gc.collect()  # what was left open warns now, inside this test


def own_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """A test that is `run`."""

    @functools.wraps(test)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> None:
        run(functools.partial(test, *args, **kwargs))

    return synchronous
