"""A server under attack, with somebody else on it who must notice nothing.

Each test gets a `Site`. While it runs, and in the end, a bystander's session on the same server
goes on answering. When it is over the server has no sessions but the bystander's, whose tables at
both ends are back to one import and one export; and when that is closed too, no task is left,
nothing is referred to, every main object was told of its end, and nothing was logged as an error.
"""

import asyncio
import functools
import inspect
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec, Self

import pytest
from typing_extensions import override
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed

from capnweb_runtime import Limits, Server, Session, Stats, Target, connect, serve
from capnweb_runtime.aio import calls, disposal
from capnweb_runtime.errors import BrokenError

__all__ = ["Main", "Raw", "Site", "attacked"]

P = ParamSpec("P")

HOST = "127.0.0.1"


class Main(Target):
    """What every main object of these tests has: the bystander needs it."""

    _site: "Site"
    alive = 0

    def __init__(self) -> None:
        Main.alive += 1

    def __exit__(self, *exc: object) -> None:
        Main.alive -= 1

    def ping(self) -> str:
        return "pong"

    def tables(self) -> list[int]:
        """The bystander's tables at the server, before this call is in them."""
        return list(self._site.of_bystander.stats())


class Raw:
    """A client that speaks frames, and need not keep to the protocol."""

    def __init__(self, websocket: ClientConnection, session: Session[Any]) -> None:
        self.websocket = websocket
        #: The other end of it.
        self.session = session
        self._pushes = 0
        self._barriers = 0

    async def send(self, *messages: Any) -> None:
        """Send messages: text as it is, bytes as a binary frame, anything else as JSON."""
        for message in messages:
            if isinstance(message, list) and message[:1] == ["push"]:
                self._pushes += 1
            raw = isinstance(message, str | bytes)
            await self.websocket.send(message if raw else json.dumps(message))

    async def receive(self) -> Any:
        """The next message."""
        return json.loads(await self.websocket.recv())

    async def ask(self, path: list[Any], args: list[Any] | None = None, target: int = 0) -> Any:
        """Call what is at `path`, or read it if there are no arguments; gives the answer.

        That is `["resolve", value]` or `["reject", name, message]`. The result is released.
        """
        expression = ["pipeline", target, path] + ([] if args is None else [args])
        return await self.result(expression)

    async def result(self, expression: Any) -> Any:
        """What an expression is at the server, as `ask` gives it."""
        await self.send(["push", expression])
        await self.send(["pull", self._pushes])
        while (answer := await self.receive())[:2] not in (
            ["resolve", self._pushes],
            ["reject", self._pushes],
        ):
            assert answer[0] != "abort", answer
        await self.send(["release", self._pushes, 1])
        kind, _, value = answer
        return [kind, *(value[1:] if kind == "reject" and value[:1] == ["error"] else [value])]

    async def barrier(self) -> list[Any]:
        """Wait until the server has received all that was sent; gives what it sent meanwhile.

        What is resolved under an unknown id is released at once, which leaves nothing behind.
        """
        self._barriers += 1
        mark = -1_000_000 - self._barriers
        await self.send(["resolve", 999_999_999, ["export", mark]])
        received: list[Any] = []
        while (message := await self.receive()) != ["release", mark, 1]:
            received.append(message)
        return received

    async def aborted(self) -> str:
        """Wait until the server ends the session because of a fault; gives the reason."""
        while (message := await self.receive())[0] != "abort":
            pass
        [_, [tag, _, reason]] = message
        assert tag == "error"
        code, close_reason = await self.closed()
        assert code == 3000
        assert reason.encode().startswith(close_reason.encode())
        assert len(close_reason.encode()) <= 123
        assert isinstance(reason, str)
        return reason

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes the connection without a message; gives code and reason."""
        with pytest.raises(ConnectionClosed) as caught:
            await self.receive()
        await self.session.wait_closed()
        received = caught.value.rcvd
        return (0, "") if received is None else (received.code, received.reason)

    async def over(self) -> BrokenError:
        """Wait until the session has ended at the server; gives the reason."""
        await self.session.wait_closed()
        assert self.session.reason is not None
        return self.session.reason

    @property
    def tables(self) -> Stats:
        """The tables of its session at the server."""
        return self.session.stats()


class Site:
    """The server, and who is on it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.faults: list[Any] = []
        self.url = ""
        self.of_bystander: Session[Any]
        self._bystander: Any = None
        self._raws: list[Raw] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, main: type[Main], limits: Limits | None) -> AsyncIterator[Self]:
        """Check it, when the block is left, as the head of this file says."""

        def make() -> object:
            return _main(main, site)

        server = serve(make, HOST, 0, limits=limits)
        site = cls(server)
        records = _Errors(site.faults)
        asyncio.get_running_loop().set_exception_handler(lambda _, context: site.fault(context))
        logging.getLogger("websockets").addHandler(records)
        try:
            async with server:
                site.url = f"ws://{HOST}:{server.port}"
                async with connect(site.url) as bystander:
                    site._bystander = bystander
                    await bystander.ping()
                    [site.of_bystander] = server.sessions
                    yield site
                    await site._check_quiet()
            await site._check_closed()
        finally:
            logging.getLogger("websockets").removeHandler(records)

    def fault(self, context: dict[str, Any]) -> None:
        """Something went wrong where nobody waits for it."""
        self.faults.append(context)

    async def raw(self, **options: Any) -> Raw:
        """A connection of one who means no good."""
        before = self.server.sessions
        websocket = await open_websocket(
            self.url, max_size=None, compression=None, ping_interval=None, **options
        )
        while not (new := self.server.sessions - before):
            await self.answers()  # by then it is there
        [session] = new
        self._raws.append(Raw(websocket, session))
        return self._raws[-1]

    async def turned_away(self) -> tuple[int, str]:
        """A connection that the server does not want; gives close code and reason."""
        websocket = await open_websocket(self.url, compression=None, ping_interval=None)
        with pytest.raises(ConnectionClosed) as caught:
            await websocket.recv()
        received = caught.value.rcvd
        return (0, "") if received is None else (received.code, received.reason)

    async def answers(self) -> None:
        """The bystander is served as ever."""
        assert await self._bystander.ping() == "pong"

    async def _check_quiet(self) -> None:
        await self.answers()
        for raw in self._raws:
            await raw.websocket.close()
            await raw.session.wait_closed()
        assert await self._bystander.tables() == [1, 1]
        assert self._bystander._hook.entry.owner.stats() == (1, 1)
        assert self.server.sessions == {self.of_bystander}
        for raw in self._raws:
            assert raw.tables == (0, 0)

    async def _check_closed(self) -> None:
        for _ in range(5):  # a task that was told to end, and a disposer, take a turn of the loop
            await asyncio.sleep(0)
        assert self.server.sessions == frozenset()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not calls._TASKS
        assert calls._line(asyncio.get_running_loop()).unstarted == 0
        assert not disposal.Lifetime._all
        assert Main.alive == 0, "a main object was not told of the end"
        assert not self.faults


def _main(main: type[Main], site: Site) -> Main:
    made = main()
    made._site = site
    return made


class _Errors(logging.Handler):
    """What the library logs as an error is one."""

    def __init__(self, faults: list[Any]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._faults.append(record.getMessage())


def attacked(
    main: type[Main] = Main, limits: Limits | None = None
) -> Callable[[Callable[Concatenate[Site, P], Awaitable[None]]], Callable[P, None]]:
    """A test of a site, as pytest likes it."""

    def decorate(test: Callable[Concatenate[Site, P], Awaitable[None]]) -> Callable[P, None]:
        async def run(*args: P.args, **kwargs: P.kwargs) -> None:
            async with Site.open(main, limits) as site:
                await test(site, *args, **kwargs)

        @functools.wraps(test)
        def synchronous(*args: P.args, **kwargs: P.kwargs) -> None:
            asyncio.run(run(*args, **kwargs))

        signature = inspect.signature(test)
        parameters = list(signature.parameters.values())[1:]
        seen = signature.replace(parameters=parameters)
        synchronous.__signature__ = seen  # type: ignore[attr-defined]
        return synchronous

    return decorate
