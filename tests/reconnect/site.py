"""A server in this process that can be down, and a client of it, in virtual time.

    async with Site() as site:
        async with site.connect() as api:
            await site.lose()
            assert await api.number() == 2

When the block is left nothing may be left of either.
"""

import asyncio
import functools
import gc
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, Self

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from tests.aio.pairs import quiet
from tests.loops import left_as_found

__all__ = ["STEADY", "Api", "Authed", "Site", "in_virtual_time"]

P = ParamSpec("P")

#: Waits that a test can foretell: 1, 2, 4, 8, 8, ... seconds.
STEADY = rpc.Backoff(initial=1, factor=2, maximum=8, jitter=0, lasting=10)


def in_virtual_time(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """A test on an event loop of its own, which has to be left as it was found."""

    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        await test(*args, **kwargs)
        gc.collect()
        await quiet()
        loop = asyncio.get_running_loop()
        timers = [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        assert timers == [], "a timer is left"

    @functools.wraps(test)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> None:
        virtual_time.run(left_as_found(functools.partial(run, *args, **kwargs)))

    return synchronous


class Authed(rpc.Target):
    """What one has to log in for."""

    def __init__(self, api: "Api") -> None:
        self.api = api

    def number(self) -> int:
        return self.api.number()

    async def hang(self) -> None:
        await self.api.hang()


class Api(rpc.Target):
    """The main object of one session; `site.calls` has what was called, by session."""

    def __init__(self, site: "Site", number: int, main: Any) -> None:
        self._site = site
        self._number = number
        self._main = main

    def number(self) -> int:
        """Which session it is, from 1."""
        self._site.calls.append(f"number {self._number}")
        return self._number

    def same(self, value: object) -> object:
        self._site.calls.append(f"same {value if isinstance(value, str) else repr(value)}")
        return value

    def record(self) -> dict[str, object]:
        self._site.calls.append(f"record {self._number}")
        return {"session": self._number, "inner": {"items": [1, 2, 3]}}

    async def hang(self, _: object = None) -> None:
        self._site.calls.append(f"hang {self._number}")
        self._site.hanging.set()
        await asyncio.get_running_loop().create_future()

    async def hang_at_first(self) -> int:
        """Answers in the second session, and later ones."""
        if self._number == 1:
            await self.hang()
        return self.number()

    async def swallow(self, source: Any) -> None:
        async for _ in source:
            await self.hang()

    @property
    def title(self) -> object:
        self._site.calls.append(f"title {self._number}")
        if self._number > 1:
            return f"session {self._number}"
        self._site.hanging.set()
        return asyncio.get_running_loop().create_future()

    async def give_hanging(self) -> "Authed":
        await self.hang_at_first()
        return Authed(self)

    def authenticate(self, token: str) -> Authed:
        self._site.calls.append(f"authenticate {self._number}")
        if token != "secret":
            raise PermissionError(token)
        return Authed(self)

    async def ask(self, stub: Any) -> object:
        """Call back what was passed."""
        answer: object = await stub.number()
        return answer

    async def ask_local(self) -> object:
        answer: object = await self._main.number()
        return answer

    async def stream(self) -> Any:
        for number in range(1000):
            yield number
            if number == 10:
                await self.hang()


class Site:
    """The server.

    Attributes:
        up: whether it can be reached.
        attempts: when somebody tried, in seconds.
        calls: what was called.
        hanging: set when a call hangs.
        refuse: what an attempt fails with, while it cannot be reached.
        sessions: its ends of all sessions.
    """

    def __init__(self) -> None:
        self.up = True
        self.attempts: list[float] = []
        self.calls: list[str] = []
        self.hanging = asyncio.Event()
        self.refuse: Exception = ConnectionRefusedError("down")
        self.sessions: list[rpc.Session[Any]] = []
        self.connections: list[rpc.Reconnecting[Any, Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for session in self.sessions:
                await session.wait_closed()
                assert session.stats() == (0, 0)

    async def open(self) -> rpc.Transport:
        self.attempts.append(asyncio.get_running_loop().time())
        if not self.up:
            raise self.refuse
        near, far = rpc.memory_pair()
        number = len(self.sessions) + 1
        session = rpc.Session(far, rpc.DynamicStub, lambda main: _hook(Api(self, number, main)))
        self.sessions.append(session)
        return near

    def connect(
        self, backoff: rpc.Backoff = STEADY, **options: Any
    ) -> rpc.Reconnecting[rpc.DynamicStub, Any]:
        return rpc.connect(self.open, reconnect=backoff, **options)

    async def lose(self, code: int = 1001) -> None:
        """The newest session is closed by the server."""
        await self.sessions[-1].aclose(code)
        await quiet()

    async def go_down(self) -> None:
        self.up = False
        await self.lose()


def _hook(api: Api) -> Any:
    return api.__rpc_reference__().hook
