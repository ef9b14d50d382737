"""The workloads of a client that can do one thing, which is to await `add`.

`asyncio.gather` waits for calls in flight. In a chain each step waits for the one before it.
"""

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.programs.worker import Workload, check

__all__ = ["workloads"]


def workloads(add: Callable[[int, int], Awaitable[int]]) -> dict[str, Workload]:
    """What scenarios.py calls sequential, in_flight and chain, by these names."""

    async def sequential(size: int) -> None:
        for i in range(size):
            check(await add(i, 1), i + 1)

    async def in_flight(size: int) -> None:
        sums = await asyncio.gather(*(add(i, 1) for i in range(size)))
        for i in range(size):
            check(sums[i], i + 1)

    async def chain(size: int) -> None:
        for i in range(size):
            first = await add(i, 1)
            second = await add(first, 1)
            check(await add(second, 1), i + 3)

    return {"sequential": sequential, "in_flight": in_flight, "chain": chain}
