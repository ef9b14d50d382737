"""What sessions keep while nothing happens, and what they share because of that."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvloop
from websockets.protocol import Protocol

import capnweb_runtime as rpc
from capnweb_runtime.transports.first_bytes import FirstBytes
from capnweb_runtime.transports.handover import OpenedConnection
from tests.connecting.objects import Api
from tests.connecting.raw import HOST, raw_client
from tests.connecting.test_frames import ANSWER, CALL
from tests.loops import left_as_found, own_loop

SESSIONS = 20


@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_nothing_of_the_opening_is_kept(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    gc.collect()
    gc.disable()  # it goes at once, and not when Python looks for cycles
    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(left_as_found(_many_are_idle))
    finally:
        gc.enable()


async def _many_are_idle() -> None:
    before = _for_the_opening()
    async with rpc.serve(Api, HOST, 0, socket_library="picows") as server:
        url = f"ws://{HOST}:{server.port}"
        tasks = asyncio.all_tasks()
        connections = [rpc.connect(url, socket_library="picows") for _ in range(SESSIONS)]
        for number, connection in enumerate(connections):
            assert await (await connection).square(number) == number**2
        assert asyncio.all_tasks() == tasks
        assert _for_the_opening() <= before
        ends: list[Any] = [*server.sessions, *(each.session for each in connections)]
        assert len(ends) == 2 * SESSIONS
        assert [each._transport._parser for each in ends] == [None] * len(ends)
        for connection in connections:
            await connection.aclose()
    assert server.sessions == frozenset()


def _for_the_opening() -> set[int]:
    """Whatever there is that opens connections."""
    kinds = (OpenedConnection, Protocol, FirstBytes)
    return {id(each) for each in gc.get_objects() if isinstance(each, kinds)}


@own_loop
async def test_frames_that_are_begun_at_the_same_time() -> None:
    """Each is read by a parser of its own, wherever it is cut; those are shared afterwards."""
    async with AsyncExitStack() as stack:
        # More than are kept.
        pairs = [await stack.enter_async_context(raw_client("picows")) for _ in range(6)]
        transports: list[Any] = [session._transport for _, session in pairs]
        [parsers] = {each._parsers for each in transports}
        for peer, _ in pairs:
            peer.write(CALL)
            assert await peer.message() == ANSWER
        echo = CALL.replace(b'["pull", 1]', b'["pull", 2]')
        for cut, (peer, _) in enumerate(pairs, start=1):
            peer.write(echo[: cut * 7])
        while not all(each._parser for each in transports):  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0)
        assert len({each._parser for each in transports}) == len(pairs)
        for cut, (peer, _) in enumerate(pairs, start=1):
            peer.write(echo[cut * 7 :])
            assert await peer.message() == ["resolve", 2, 9]
        assert [each._parser for each in transports] == [None] * len(pairs)
        assert len(parsers._spare) == len({*parsers._spare}) == 4
