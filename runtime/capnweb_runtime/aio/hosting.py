"""What serves peers, by whatever way they come: makes their main objects, keeps their sessions."""

import asyncio
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypedDict, cast

from typing_extensions import TypeVar

from capnweb_runtime.aio.batch_server import BATCH_TIMEOUT
from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.checks import (
    check_count,
    check_flag,
    check_function,
    check_grace,
    check_seconds,
)
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.transports.base import (
    CLOSE_GOING_AWAY,
    CLOSE_INTERNAL,
    CLOSE_TRY_LATER,
    Transport,
)
from capnweb_runtime.transports.http import RequestHead
from capnweb_runtime.transports.origins import AllowedOrigins, Origins

__all__ = [
    "Factory",
    "FactoryFailedError",
    "HostOptions",
    "Hosting",
    "NotHostedError",
    "Peer",
    "ServerStats",
]

S = TypeVar("S", bound=Stub, default=DynamicStub)
S_co = TypeVar("S_co", bound=Stub, covariant=True, default=DynamicStub)

#: Open sessions. Each takes some 25 kB when it is idle, 5 kB with picows, and a file descriptor.
MAX_SESSIONS: Final = 10_000


class HostOptions(TypedDict, total=False):
    """Options of whatever serves peers.

    Keys:
        origins: web pages that may connect, as ``["https://app.example.com"]``, besides those of
            the server's own host; ``"*"`` for all. Others are refused with status 403. Programs
            that are no browsers are not concerned.
        max_sessions: how many may be open; those who come then are refused with status 503.
            10,000 by default.
        batches: whether HTTP batches are served besides WebSocket, as they are by default.
        batch_timeout: seconds that one may take; 30 by default.
        grace: seconds that calls under way have to be answered when the server is closed. None by
            default: they are cancelled.
    """

    origins: AllowedOrigins
    max_sessions: int
    batches: bool
    batch_timeout: float
    grace: float | None


@dataclass(frozen=True)
class Peer(Generic[S_co]):
    """Who has connected, for a factory that wants to know.

    Attributes:
        path: of the HTTP request by which it came, with the query.
        headers: of that request, by names in lower case; repeated ones are joined by commas.
        address: of the other end of the connection, perhaps a proxy; empty over a Unix socket.
        main: a stub of the peer's main object. It lives as long as the session.
    """

    path: str
    headers: Mapping[str, str]
    address: str
    main: S_co


#: Makes the main object for a peer. It is given the `Peer` if it has a parameter without a default.
Factory: TypeAlias = Callable[[], object] | Callable[[Peer[S]], object]


class ServerStats(NamedTuple):
    """What a server has to do now, and has had.

    Attributes:
        sessions: open now.
        opened: sessions since the start.
        refused: connections that were refused since the start: by origin, or over the limit.
        imports: entries of the import tables of all open sessions.
        exports: the same of the export tables.
    """

    sessions: int
    opened: int
    refused: int
    imports: int
    exports: int


class FactoryFailedError(Exception):
    """There is no main object for a peer. Why has been reported to the event loop."""


class NotHostedError(Exception):
    """There is no session for a peer.

    Attributes:
        code: with which to close what the transport is of.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Hosting(Generic[S]):
    """The sessions of a server.

    Attributes:
        options: of each.
        batch_timeout: seconds that an HTTP batch may take.
        max_sessions: how many may be open.
        stub: class of the peers' main objects.
        sessions: that are open, or whose handlers still run.
    """

    def __init__(
        self, factory: Factory[S], stub: type[S], host: HostOptions, options: Options
    ) -> None:
        """Nothing is opened yet.

        Raises:
            TypeError: if the factory is no function or class, or is async.
            TypeError, ValueError: for an option with an impossible value.
        """
        if not callable(factory):
            raise TypeError(
                "the first argument must make the main object of each session, a class for"
                f" instance; {factory!r} cannot be called"
            )
        check_function(factory, "what makes the main objects")
        check_flag(host.get("batches", True), "batches")
        self.options = options
        self._make = _with_peer(factory)
        self.stub = stub
        self.max_sessions = check_count(host.get("max_sessions", MAX_SESSIONS), "max_sessions")
        self._origins = Origins(host.get("origins", ()))
        self.batch_timeout = check_seconds(
            host.get("batch_timeout", BATCH_TIMEOUT), "batch_timeout"
        )
        self._grace = check_grace(host.get("grace"), "grace")
        self._opened = 0
        self._refused = 0
        self._closing = False
        self.sessions: set[Session[S]] = set()
        self._leaving: set[asyncio.Task[None]] = set()  # of those that have ended
        self._when_ended = self._ended  # one method object for all of them

    @property
    def _full(self) -> bool:
        return self._closing or len(self.sessions) >= self.max_sessions

    def refusal(self, head: RequestHead) -> tuple[HTTPStatus, str] | None:
        """With what a request is refused, None if it is not."""
        origin = head.headers.get("origin")
        if not self._origins.allows(origin, head.headers.get("host")):
            self._refused += 1
            return HTTPStatus.FORBIDDEN, f"origin {origin} is not allowed\n"
        if self._full:
            self._refused += 1
            return HTTPStatus.SERVICE_UNAVAILABLE, "no more sessions can be opened\n"
        return None

    def stats(self) -> ServerStats:
        """What there is to do now."""
        each = [session.stats() for session in self.sessions]
        return ServerStats(
            len(each),
            self._opened,
            self._refused,
            sum(stats.imports for stats in each),
            sum(stats.exports for stats in each),
        )

    def main(self, head: RequestHead) -> Callable[[S], Hook]:
        """What makes the main object for a peer, given the stub of the peer's.

        Raises (when it is called):
            FactoryFailedError: if the factory has raised anything; that has been reported.
        """

        def make(main: S) -> Hook:
            try:
                return main_hook(self._make(Peer(*head, main)), self.options)
            except BaseException as error:  # noqa: BLE001 (no peer may end the server; see calls.py)
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "the factory of an RPC server failed", "exception": error}
                )
                raise FactoryFailedError from None

        return make

    def open(self, transport: Transport, head: RequestHead) -> Session[S]:
        """Serve a peer over a transport, which is taken.

        Raises:
            NotHostedError: if there is no session; then the transport has not been started.
        """
        if self._full:  # many have come at once
            self._refused += 1
            raise NotHostedError(CLOSE_TRY_LATER)
        try:
            session = Session(transport, self.stub, self.main(head), self.options)
        except FactoryFailedError:
            raise NotHostedError(CLOSE_INTERNAL) from None
        self._opened += 1
        self.sessions.add(session)
        session.when_ended(self._when_ended)
        return session

    async def host(self, transport: Transport, head: RequestHead) -> None:
        """Serve a peer over a transport until its session has ended.

        Raises:
            NotHostedError: as `open`.
        """
        session = self.open(transport, head)
        try:
            await session.wait_closed()
        finally:
            session.abort()  # if this was cancelled

    def _ended(self, session: Session[S]) -> None:
        # A task from here on only: of a session that is idle it would be a quarter of the memory.
        leaving = asyncio.get_running_loop().create_task(self._leave(session))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, session: Session[S]) -> None:
        try:
            await session.wait_closed()
        finally:
            self.sessions.discard(session)

    async def aclose(self, grace: float | None) -> None:
        """Take no more sessions, and end those there are.

        Args:
            grace: seconds that calls under way have to be answered; None for what the option says.

        Raises:
            ValueError: if that is no number of seconds.
        """
        self._closing = True
        sessions = list(self.sessions)
        seconds = self._grace if grace is None else check_grace(grace, "grace")
        if seconds > 0 and sessions:
            answered = [asyncio.ensure_future(_answered(session)) for session in sessions]
            try:
                await asyncio.wait(answered, timeout=None if seconds == math.inf else seconds)
            finally:
                for each in answered:
                    each.cancel()
        await asyncio.gather(
            *(session.aclose(CLOSE_GOING_AWAY, "the server shuts down") for session in sessions)
        )
        if self._leaving:
            await asyncio.wait(self._leaving)


async def _answered(session: Session[Any]) -> None:
    await asyncio.gather(session.drain(), return_exceptions=True)


def _with_peer(factory: Factory[S]) -> Callable[[Peer[S]], object]:
    try:
        parameters = inspect.signature(factory).parameters.values()
    except ValueError:  # of some builtins Python does not know
        parameters = {}.values()
    if any(each.default is each.empty and each.kind in _POSITIONAL for each in parameters):
        return cast("Callable[[Peer[S]], object]", factory)
    plain = cast("Callable[[], object]", factory)
    return lambda _: plain()


_POSITIONAL = frozenset(
    {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
)
