"""What is sent when much is sent at once."""

import asyncio

from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.transports.memory import MemoryTransport
from tests.loops import own_loop


class Counting(MemoryTransport):
    """Notes how many messages each write has."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[int] = []

    @override
    def send(self, messages: list[object]) -> None:
        self.writes.append(len(messages))
        super().send(messages)


class Api(rpc.Target):
    def double(self, number: int) -> int:
        return 2 * number


@own_loop
async def test_many_messages_do_not_wait_for_the_next_turn() -> None:
    near, far = Counting(), Counting()
    near._peer, far._peer = far, near
    session = rpc.accept(far, Api())
    async with rpc.connect(near, call_timeout=60) as api:
        calls = [api.double(number) for number in range(200)]
        assert near.writes == [64, 64, 64]
        assert await rpc.gather(*calls) == tuple(range(0, 400, 2))
        assert max(near.writes + far.writes) == 64
    await session.wait_closed()


@own_loop
async def test_the_time_of_calls_runs_however_they_were_sent() -> None:
    near, far = rpc.memory_pair()

    class Silent(rpc.Target):
        async def wait(self) -> None:
            await asyncio.Event().wait()

    rpc.accept(far, Silent())
    async with rpc.connect(near, call_timeout=0.01) as api:
        # 32 pushes and 32 pulls: as many as go out at once, and nothing is left for the next turn.
        waiting = [asyncio.ensure_future(rpc.gather(*[api.wait() for _ in range(32)]))]
        done, _ = await asyncio.wait(waiting)
        assert isinstance(done.pop().exception(), rpc.CallTimeoutError)


@own_loop
async def test_what_is_asked_for_goes_out_at_once_if_nothing_else_is() -> None:
    near, far = Counting(), Counting()
    near._peer, far._peer = far, near
    session = rpc.accept(far, Api())
    async with rpc.connect(near) as api:
        for _ in range(2):  # the second time what was asked for before has been answered
            near.writes.clear()
            first, second = (api.double(api.double(number)).__await__() for number in range(2))
            next(first)
            assert near.writes[:1] == [5]  # four calls, and that it waits
            next(second)
            assert len(near.writes) == 1
            first.close()
            second.close()
            assert await api.double(1) == 2
    await session.wait_closed()
