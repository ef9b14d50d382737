"""A Python program's end of the conversation that peers.py describes."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from platform import python_version

__all__ = ["Workload", "check", "measure_for_driver", "say", "serve_for_driver", "versions"]

#: Does the operation as often as it is told.
Workload = Callable[[int], Awaitable[None]]


def versions(*distributions: str) -> dict[str, str]:
    """The versions of Python and of what is used with it."""
    return {"Python": python_version()} | {name: version(name) for name in distributions}


def check(actual: object, expected: object) -> None:
    """End the program with an error if a result is wrong."""
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def say(message: dict[str, object]) -> None:
    """Send one line to the driver."""
    print(json.dumps(message), flush=True)


async def serve_for_driver(
    port: int, running: dict[str, str], memory: Callable[[], int] = lambda: 0
) -> None:
    """Tell the driver where the server is, and its memory when asked, until it is not needed."""
    say({"port": port, "versions": running})
    while await _line():
        say({"bytes": memory()})


async def measure_for_driver(
    workloads: Mapping[str, Workload], running: dict[str, str], at_rest: Callable[[], None]
) -> None:
    """Measure what the driver asks for; `at_rest` raises if something was left over."""
    say({"versions": running})
    while line := await _line():
        request = json.loads(line)
        workload, size = workloads[request["workload"]], request["size"]
        await _repeat(workload, size, request["warm_up"])
        operations, seconds = await _repeat(workload, size, request["seconds"])
        at_rest()
        say({"operations": operations, "seconds": seconds})


async def _line() -> str:
    # In a thread: the event loop has to answer pings meanwhile. It sleeps while there is work.
    return await asyncio.to_thread(sys.stdin.readline)


async def _repeat(workload: Workload, size: int, seconds: float) -> tuple[int, float]:
    """Do whole goes of `size` until `seconds` are over; gives operations and seconds."""
    operations = 0
    start = time.perf_counter()
    elapsed = 0.0
    while elapsed < seconds:
        await workload(size)
        operations += size
        elapsed = time.perf_counter() - start
    return operations, elapsed
