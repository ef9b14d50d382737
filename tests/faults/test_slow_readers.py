"""Peers that read slowly, or not at all: what waits for them is bounded, and who reads gets all."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.core.flow import INITIAL_WINDOW
from capnweb_runtime.transports import queued
from tests.faults.clock import nothing_happens, with_jumping_clock
from tests.faults.proxy import HOST, Proxy, Way

P = ParamSpec("P")

#: Characters of one result: many of them wait before any bound is reached.
PIECE: Final = 100_000

#: How many calls may be under way when a peer begins to be held back: those of the few turns of the
#: loop that a handler takes, more in each.
UNDER_WAY: Final = 128


_TWO_MILLION: Final = rpc.Limits(unsent=2_000_000)


class Api(rpc.Target):
    """Gives much.

    Attributes:
        calls: numbers of the calls, in their order.
    """

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.written = 0
        self.heard = 0

    def piece(self, number: int) -> str:
        self.calls.append(number)
        return "x" * PIECE

    async def piece_later(self, number: int) -> str:
        self.calls.append(number)
        await asyncio.sleep(0)
        return "x" * PIECE

    def size(self, number: int, value: str) -> list[object]:
        self.calls.append(number)
        return [len(value), value]

    def twice(self, number: int, value: str) -> str:
        self.calls.append(number)
        return 2 * value

    async def stream(self) -> AsyncIterator[str]:
        while True:
            self.written += 1
            yield "x" * 1000

    def heard_it(self, _: str) -> None:
        self.heard += 1

    async def flood(self, callback: Any, count: int) -> None:
        """Call without waiting for any answer."""
        calls = [callback("x" * PIECE) for _ in range(count)]
        await asyncio.gather(*calls)


class Watched:
    """A transport, and who is told how much waits in it after each sending."""

    def __init__(self, transport: Any, look: Callable[[int], None]) -> None:
        self._transport = transport
        self._look = look

    def send(self, messages: list[str]) -> None:
        self._transport.send(messages)
        self._look(self._transport.unsent)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Pair:
    """A client and its server, both with an `Api`, and a proxy between them."""

    def __init__(self, near: Api, far: Api, connection: Any, session: Any, link: Any) -> None:
        self.near = near
        self.far = far
        self.connection = connection
        self.session = session
        self.link = link
        #: The most characters that have waited in the transport of each end.
        self.most: dict[Api, int] = {near: 0, far: 0}
        for api, end in self.ends:
            end._transport = Watched(end._transport, partial(self._look, api))

    def _look(self, api: Api, unsent: int) -> None:
        self.most[api] = max(self.most[api], unsent)

    @property
    def ends(self) -> list[tuple[Api, Any]]:
        return [(self.near, self.connection.session), (self.far, self.session)]


async def _ask(call: Callable[[int], Awaitable[Any]], number: int) -> Any:
    """Make a call, and ask for its result at once: before the next call is made."""
    return await call(number)


async def _join(server: rpc.Server, proxy: Proxy, far: Api, limits: rpc.Limits | None) -> Pair:
    near = Api()
    connection = rpc.connect(proxy.url, local=near, limits=limits, keepalive=None)
    await connection
    link = await proxy.next_link()
    await connection.session.main["anything"]
    [session] = server.sessions
    return Pair(near, far, connection, session, link)


def paired(
    far_limits: rpc.Limits | None = None, near_limits: rpc.Limits | None = None
) -> Callable[[Callable[Concatenate["Pair", P], Awaitable[None]]], Callable[P, None]]:
    """A test of a `Pair`, without a keepalive: nothing but the bounds ends a session."""

    def decorate(
        test: Callable[Concatenate[Pair, P], Awaitable[None]],
    ) -> Callable[P, None]:
        @with_jumping_clock
        async def run(*args: P.args, **kwargs: P.kwargs) -> None:
            far = Api()
            async with (
                rpc.serve(lambda: far, HOST, 0, limits=far_limits, keepalive=None) as server,
                Proxy.to(server.port) as proxy,
            ):
                pair = await _join(server, proxy, far, near_limits)
                await test(pair, *args, **kwargs)
                pair.link.abort()
                await pair.connection.aclose()
                await pair.session.wait_closed()

        return run

    return decorate


@paired()
async def _much_is_asked_for_at_once(pair: Pair, method: str) -> None:
    count = 1000  # a hundred million characters: more than Limits.unsent
    call = pair.connection.session.main[method]
    results = await asyncio.gather(*(_ask(call, number) for number in range(count)))
    assert all(len(result) == PIECE for result in results)
    assert pair.far.calls == list(range(count)), "in order"
    assert pair.most[pair.far] < queued.HOLD_ABOVE + UNDER_WAY * PIECE
    await nothing_happens()
    assert pair.session.stats() == (1, 1)


@pytest.mark.parametrize("method", ["piece", "piece_later"])
def test_much_that_is_asked_for_at_once(method: str) -> None:
    """Limits.unsent: who takes what it asks for may ask for any amount."""
    _much_is_asked_for_at_once(method=method)


@paired()
async def _both_ask_for_much(pair: Pair) -> None:
    async def ask(peer: Any, number: int) -> None:
        size, back = await peer.size(number, "x" * PIECE)
        assert size == len(back) == PIECE

    count = 300  # thirty million characters in each of four flows
    async with asyncio.timeout(60), asyncio.TaskGroup() as calls:
        for _, session in pair.ends:
            for number in range(count):
                calls.create_task(ask(session.main, number))
    for api, session in pair.ends:
        assert api.calls == list(range(count)), "in order"
        await nothing_happens()
        assert session.stats() == (1, 1)


def test_two_that_ask_each_other_for_much() -> None:
    """Both hold the other back at times, and neither for ever."""
    _both_ask_for_much()


@paired()
async def _nobody_reads(pair: Pair, way: Way) -> None:
    caller, (target, session) = pair.ends[:: 1 if way is Way.DOWN else -1]
    pair.link.stall(way)
    tracemalloc.start()
    try:
        calls = [
            asyncio.ensure_future(_ask(caller[1].main.piece_later, number))
            for number in range(1000)
        ]
        await nothing_happens()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    transport = session._transport
    assert 0 < len(target.calls) < len(calls), "the others are not begun"
    assert queued.HOLD_ABOVE < transport.unsent < queued.HOLD_ABOVE + UNDER_WAY * PIECE
    # Each result exists once as it is and once as the message; a thousand of them are 100 MB.
    assert peak < 3 * (queued.HOLD_ABOVE + UNDER_WAY * PIECE)
    pair.link.go_on(way)
    assert [len(result) for result in await asyncio.gather(*calls)] == [PIECE] * len(calls)


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
def test_a_peer_that_asks_and_does_not_read(way: Way) -> None:
    """A server's client, or a client's server: its calls wait; when it reads it gets everything."""
    _nobody_reads(way=way)


@paired(_TWO_MILLION, _TWO_MILLION)
async def _too_much_waits(pair: Pair, way: Way) -> None:
    (_, session), _ = pair.ends[:: 1 if way is Way.UP else -1]
    pair.link.stall(way)
    calls = [asyncio.ensure_future(session.main.size(number, "x" * PIECE)) for number in range(100)]
    with pytest.raises(rpc.ConnectionLostError, match="more than 2000000 characters wait"):
        await calls[0]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(outcome is session.reason for outcome in outcomes)


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
def test_calls_to_a_peer_that_does_not_read(way: Way) -> None:
    """Limits.unsent: what we send of our own accord is not held back; the session ends there."""
    _too_much_waits(way=way)


@paired(_TWO_MILLION, _TWO_MILLION)
async def _a_stream_waits(pair: Pair, way: Way) -> None:
    (_, reader), (writer, session) = pair.ends[:: 1 if way is Way.DOWN else -1]
    stream = await reader.main.stream()
    pair.link.stall(way)
    await nothing_happens()
    assert session._transport.unsent <= INITIAL_WINDOW
    # The window, and what the reader's end keeps of what came before.
    assert writer.written * 1000 < 4 * INITIAL_WINDOW
    assert session.reason is None, "it waits"
    pair.link.go_on(way)
    for _ in range(2000):
        assert len(await anext(stream)) == 1000
    await stream.aclose()
    await nothing_happens()
    assert session.stats() == reader.stats() == (1, 1)


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
def test_a_stream_to_a_peer_that_does_not_read(way: Way) -> None:
    """STR-09: the writer waits, however long it takes, and goes on."""
    _a_stream_waits(way=way)


@paired(_TWO_MILLION, _TWO_MILLION)
async def _callbacks_wait(pair: Pair) -> None:
    pair.link.stall(Way.DOWN)
    call = asyncio.ensure_future(pair.connection.session.main.flood(pair.near.heard_it, 100))
    await pair.session.wait_closed()
    assert "more than 2000000 characters wait" in str(pair.session.reason)
    assert pair.session.stats() == (0, 0)
    pair.link.go_on(Way.DOWN)
    with pytest.raises(rpc.ConnectionLostError):
        await call
    assert pair.near.heard < 100


def test_a_flood_of_callbacks() -> None:
    """Limits.unsent"""
    _callbacks_wait()


@paired(rpc.Limits(unsent=4_500_000))
async def _too_much_is_held(pair: Pair) -> None:
    pair.link.stall(Way.DOWN)
    padding = "x" * 1000
    twice = pair.connection.session.main.twice
    calls = [
        asyncio.ensure_future(_ask(lambda n: twice(n, padding), number)) for number in range(10_000)
    ]
    await pair.session.wait_closed()
    assert "more than 4500000 characters wait" in str(pair.session.reason)
    assert pair.far.calls == list(range(len(pair.far.calls))), "in order"
    pair.link.abort()
    await asyncio.gather(*calls, return_exceptions=True)


def test_more_than_is_held_back() -> None:
    """Who neither reads nor stops asking comes to Limits.unsent in the end."""
    _too_much_is_held()
