"""Two sessions joined in memory, and the check that nothing is left of them."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import capnweb_runtime as rpc

__all__ = ["joined", "quiet"]


@asynccontextmanager
async def joined(
    main: object, local: object = None
) -> AsyncIterator[tuple[rpc.DynamicStub, rpc.Session[rpc.DynamicStub]]]:
    """A client's stub of `main`, and the server's session.

    Raises:
        AssertionError: if either end's tables are not back to the start, or a task is left.
    """
    before = asyncio.all_tasks()
    near, far = rpc.memory_pair()
    server = rpc.accept(far, main)
    connection = rpc.connect(near, local=local)
    async with connection as api:
        yield api, server
        del api
        gc.collect()
        await quiet()
        if connection.session.reason is None:
            assert (connection.session.stats(), server.stats()) == ((1, 1), (1, 1)), "a leak"
    await server.wait_closed()
    await quiet()
    assert asyncio.all_tasks() == before, "a task is left"


async def quiet() -> None:
    """Let everything that is ready run. Nothing here waits for time or for a socket."""
    for _ in range(50):
        await asyncio.sleep(0)
