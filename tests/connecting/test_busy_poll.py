"""How long an event loop is kept awake, by turns and a clock that stand still."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.transports import busy_poll
from capnweb_runtime.transports.busy_poll import BUSY_POLL, BusyPoll
from tests.connecting.objects import Api
from tests.connecting.raw import HOST
from tests.loops import own_loop

SMALL, LARGE = 60, 64 * 1024


class Turns:
    """An event loop that turns when it is told to, and a clock."""

    def __init__(self) -> None:
        self.time = 100.0
        self.ready: list[Callable[[], object]] = []
        self.poll = BusyPoll(cast("asyncio.AbstractEventLoop", self), 0.5)

    def call_soon(self, callback: Callable[[], object]) -> None:
        self.ready.append(callback)

    def turn(self) -> None:
        ready, self.ready = self.ready, []
        for callback in ready:
            callback()

    @property
    def awake(self) -> bool:
        """Whether it would not go to sleep now."""
        return bool(self.ready)

    def pass_by(self) -> None:
        """Nothing comes for longer than is waited."""
        self.turn()
        self.turn()
        self.time += 1
        self.turn()

    def fall_asleep(self) -> None:
        """All credit is used up."""
        for _ in range(8):
            self.poll.wrote(SMALL)
            assert self.awake
            self.pass_by()
        self.poll.wrote(SMALL)
        assert not self.awake


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    made = Turns()
    monkeypatch.setattr(busy_poll, "perf_counter", lambda: made.time)
    return made


def test_it_is_awake_for_a_while_after_each_thing_that_moved(turns: Turns) -> None:
    turns.poll.wrote(SMALL)
    for _ in range(3):
        turns.turn()
        turns.time += 0.4
        turns.turn()
        assert turns.awake
        turns.poll.read(SMALL)
    turns.turn()
    assert turns.awake
    turns.time += 0.6
    turns.turn()
    assert not turns.awake


def test_one_turn_at_a_time(turns: Turns) -> None:
    for _ in range(5):
        turns.poll.wrote(SMALL)
        turns.poll.read(SMALL)
        assert len(turns.ready) == 1
        turns.turn()


def test_not_for_long_in_vain(turns: Turns) -> None:
    turns.fall_asleep()
    attempts = 0
    for _ in range(640):
        turns.poll.read(SMALL)
        attempts += turns.awake
        turns.pass_by()
    assert attempts == 10


def test_as_long_as_every_other_attempt_is_rewarded(turns: Turns) -> None:
    turns.fall_asleep()
    while not turns.awake:
        turns.poll.wrote(SMALL)
    for _ in range(100):
        for _ in range(2):
            turns.turn()
            turns.turn()  # idle: it would have gone to sleep
            turns.poll.read(SMALL)  # the reward
        turns.pass_by()
        turns.poll.wrote(SMALL)
        assert turns.awake


def test_what_came_before_it_would_have_slept_is_no_reward(turns: Turns) -> None:
    for _ in range(8):
        turns.poll.wrote(SMALL)
        turns.turn()
        turns.poll.read(SMALL)
        turns.pass_by()
    turns.poll.wrote(SMALL)
    assert not turns.awake


def test_not_where_much_moves_at_a_time(turns: Turns) -> None:
    turns.poll.wrote(LARGE)
    turns.poll.read(LARGE)
    assert not turns.awake
    turns.poll.wrote(SMALL)
    turns.turn()
    turns.poll.wrote(LARGE)
    turns.turn()
    assert not turns.awake


@own_loop
async def test_one_for_all_connections_of_a_loop() -> None:
    async with rpc.serve(Api, HOST, 0, socket_library="picows") as server:
        url = f"ws://{HOST}:{server.port}"
        ones = [rpc.connect(url, socket_library="picows") for _ in range(3)]
        other = rpc.connect(url, socket_library="picows", busy_poll=0.002)
        for connection in (*ones, other):
            assert await (await connection).square(3) == 9
        assert {seconds for _, seconds in busy_poll._POLLS} == {BUSY_POLL, 0.002}
        for connection in (*ones, other):
            await connection.aclose()


@own_loop
async def test_none_where_none_is_wanted() -> None:
    async with rpc.serve(Api, HOST, 0, socket_library="picows", busy_poll=None) as server:
        url = f"ws://{HOST}:{server.port}"
        connection = rpc.connect(url, socket_library="picows", busy_poll=None)
        assert await (await connection).square(3) == 9
        assert not busy_poll._POLLS
        await connection.aclose()
