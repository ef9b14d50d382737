"""Telling objects of the application that nobody refers to them any more.

An object with `__aexit__` or `__exit__` has that called, with three Nones, when the last reference
to it is gone, in all sessions and here. It is Python's word for "done with it", and being a dunder
it can be no method of an API, as `close` might well be. `__enter__` is not called.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

__all__ = ["Lifetime", "close_later"]


class Lifetime:
    """Counts what refers to one object that wants to be told when nothing does any more."""

    __slots__ = ("_count", "_loop", "_value")

    #: By id: the object need be neither hashable nor weakly referenceable, and lives as long as
    #: this.
    _all: "dict[int, Lifetime]" = {}  # noqa: RUF012 (shared on purpose)

    def __init__(self, value: object) -> None:
        self._value = value
        self._count = 0
        self._loop = _running_loop()

    @staticmethod
    def of(value: object) -> "Lifetime | None":
        """Count one more reference; None for an object that does not want to be told."""
        if not hasattr(type(value), "__aexit__") and not hasattr(type(value), "__exit__"):
            return None
        lifetime = Lifetime._all.setdefault(id(value), Lifetime(value))
        lifetime._count += 1
        return lifetime

    def leave(self) -> None:
        """A reference is gone. May be called from wherever Python collects garbage."""
        self._count -= 1
        if self._count == 0:
            del Lifetime._all[id(self._value)]
            # Not here and now: whoever let go of it may be in the middle of something.
            if self._loop is None:
                _exit(self._value)
            elif not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_exit, self._value)


def close_later(source: object) -> None:
    """Close an async generator that nobody is going to read (others need no closing)."""
    loop = _running_loop()
    if loop is not None and hasattr(source, "aclose"):
        loop.call_soon(_begin, cast("Any", source).aclose)


def _exit(value: Any) -> None:
    loop = _running_loop()
    if not hasattr(type(value), "__aexit__"):
        try:
            value.__exit__(None, None, None)
        except BaseException as error:  # noqa: BLE001 (SystemExit as well: see calls.py)
            _report(loop, error)
    elif loop is not None:
        _begin(lambda: value.__aexit__(None, None, None))


def _begin(disposer: Callable[[], Awaitable[object]]) -> None:
    """Run what is async in a task of its own."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(_complete(loop, disposer))
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)


async def _complete(
    loop: asyncio.AbstractEventLoop, disposer: Callable[[], Awaitable[object]]
) -> None:
    try:
        await disposer()
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 (as above)
        _report(loop, error)


def _report(loop: asyncio.AbstractEventLoop | None, error: BaseException) -> None:
    # The application's fault, and nobody is left to tell.
    if loop is not None:
        loop.call_exception_handler(
            {"message": "the disposer of an RPC target or stream failed", "exception": error}
        )


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


#: Event loops keep weak references only.
_TASKS: set[asyncio.Task[None]] = set()
