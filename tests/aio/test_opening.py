"""Connections that are given up while they are being opened."""

import asyncio

import capnweb_runtime as rpc
from capnweb_runtime.aio.connect import Connection
from capnweb_runtime.aio.options import Options
from tests.aio.pairs import quiet
from tests.loops import own_loop


class Opened:
    """A connection of which is known whether its transport was opened, and is closed."""

    def __init__(self) -> None:
        self.near, self.far = rpc.memory_pair()
        self.connection = Connection(rpc.DynamicStub, self._open, None, Options(), None)
        self.opened = False
        self.opening = asyncio.ensure_future(self.connection)

    async def _open(self) -> rpc.Transport:
        self.opened = True
        return self.near

    @property
    def closed(self) -> bool:
        return self.near._closed.is_set()


@own_loop
async def test_who_opens_it_is_cancelled() -> None:
    outcomes = set()
    for turns in range(6):
        it = Opened()
        for _ in range(turns):
            await asyncio.sleep(0)
        it.opening.cancel()
        await asyncio.wait([it.opening])
        await quiet()
        outcomes.add((it.opening.cancelled(), it.opened))
        assert it.closed == (it.opening.cancelled() and it.opened)
        await it.connection.aclose()
        it.far.close(1000, "")
    assert outcomes == {(True, False), (True, True), (False, True)}


@own_loop
async def test_it_is_closed_while_it_is_opened() -> None:
    for turns in range(6):
        it = Opened()
        for _ in range(turns):
            await asyncio.sleep(0)
        await it.connection.aclose()
        await asyncio.wait([it.opening])
        await quiet()
        assert it.closed == it.opened
        error = it.opening.exception()
        assert error is None or isinstance(error, rpc.SessionClosedError)
        it.far.close(1000, "")
