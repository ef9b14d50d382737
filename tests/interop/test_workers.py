"""A worker process in JavaScript: `spawn` with the npm package at the other end."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import round_trip
from tests.interop.node import FOLDER
from tests.interop.python_api import PythonApi, World
from tests.loops import own_loop


@asynccontextmanager
async def node_worker() -> AsyncIterator[rpc.WorkerProcess[rpc.DynamicStub]]:
    """Node's, of which nothing may be left."""
    started = rpc.spawn("node", str(FOLDER / "worker.mjs"), local=PythonApi(World()))
    async with started:
        yield started
        if started.session.reason is None:
            gc.collect()
            await round_trip(started.session)
            await round_trip(started.session)
            assert started.session.stats() == (1, 1)
            assert await started.session.main.stats() == {"imports": 1, "exports": 1}
    assert started.returncode is not None


@own_loop
async def test_calls_callbacks_and_streams() -> None:
    async with node_worker() as started:
        worker = started.session.main
        assert await worker.square(3) == 9
        assert await worker.greetParent("Node") == "Hello, Node!"
        assert await worker.callIt(lambda a, b: a * b, 3, 4) == 12
        assert [n async for n in await worker.count(100)] == list(range(100))
        with worker.makeCounter(5) as counter:
            assert await counter.increment(2) == 7
        value = {"text": "line\nbreak é" * 100_000, "bytes": bytes(range(256)) * 1000}
        assert await worker.echo(value) == value
    assert started.returncode == 0


@own_loop
async def test_a_worker_that_dies() -> None:
    async with node_worker() as started:
        worker = started.session.main
        with pytest.raises(rpc.ConnectionLostError, match="the process ended with exit code 3"):
            await worker.exit(3)
    assert started.returncode == 3
