"""Many promises at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet
from tests.loops import own_loop


class Api(rpc.Target):
    def __init__(self) -> None:
        self.cancelled: list[int] = []
        self.gate = asyncio.Event()

    def double(self, number: int) -> int:
        if number < 0:
            raise ValueError(f"{number} is below zero")
        return 2 * number

    async def slow(self, number: int) -> int:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return number

    async def nested(self) -> list[object]:
        return [1, self]


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Api, rpc.DynamicStub]]:
    api = Api()
    async with joined(api) as (stub, _):
        yield api, stub


@own_loop
async def test_values_in_order() -> None:
    async with served() as (api, stub):
        assert await rpc.gather() == ()
        assert await rpc.gather(*(stub.double(i) for i in range(1000))) == tuple(range(0, 2000, 2))
        slow = [stub.slow(i) for i in range(3)]
        gathering = asyncio.ensure_future(rpc.gather(*slow, stub.double(4)))
        await quiet()
        assert not gathering.done()
        api.gate.set()
        assert await gathering == (0, 1, 2, 8)
        again = stub.double(5)
        assert await rpc.gather(again, again, again) == (10, 10, 10)


@own_loop
async def test_the_first_failure_gives_up_the_others() -> None:
    async with served() as (api, stub):
        with pytest.raises(ValueError, match="-1 is below zero"):
            await rpc.gather(stub.double(1), stub.double(-1), stub.slow(2), stub.double(3))
        await quiet()
        assert api.cancelled == [2]
        failed, slow = stub.double(-2), stub.slow(3)
        with pytest.raises(ValueError, match="-2"):
            await failed
        with pytest.raises(ValueError, match="-2"):
            await rpc.gather(slow, failed)
        await quiet()
        assert api.cancelled == [2, 3]


@own_loop
async def test_who_is_cancelled_gives_up_all() -> None:
    async with served() as (api, stub):
        gathering = asyncio.ensure_future(rpc.gather(*(stub.slow(i) for i in range(3))))
        await quiet()
        gathering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathering
        await quiet()
        assert sorted(api.cancelled) == [0, 1, 2]


@own_loop
async def test_a_promise_that_somebody_else_awaits_goes_on() -> None:
    async with served() as (api, stub):
        shared = stub.slow(7)
        other = asyncio.ensure_future(shared)
        gathering = asyncio.ensure_future(rpc.gather(shared, stub.slow(8)))
        await quiet()
        gathering.cancel()
        await quiet()
        assert api.cancelled == [8]
        api.gate.set()
        assert await other == 7
