"""What serves peers, by whatever way they come: makes their main objects, keeps their sessions."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, cast

from typing_extensions import TypeVar

from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.transports.base import CLOSE_GOING_AWAY, Transport
from capnweb_runtime.transports.request import RequestHead

__all__ = ["Factory", "Hosting", "Peer", "ServerStats"]

S = TypeVar("S", bound=Stub, default=DynamicStub)
S_co = TypeVar("S_co", bound=Stub, covariant=True, default=DynamicStub)


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


class Hosting(Generic[S]):
    """The sessions of a server."""

    def __init__(
        self, factory: Factory[S], stub: type[S], max_sessions: int, options: Options
    ) -> None:
        """Nothing is opened yet.

        Raises:
            TypeError: if the factory is no function or class.
            ValueError: if the limit is not positive.
        """
        if not callable(factory):
            raise TypeError(
                f"the first argument must make the main object of each session, a class for"
                f" instance; {factory!r} cannot be called"
            )
        if max_sessions < 1:
            raise ValueError(f"max_sessions must be positive, not {max_sessions!r}")
        self._make = _with_peer(factory)
        self._stub = stub
        self._max_sessions = max_sessions
        self._options = options
        self._opened = 0
        self._refused = 0
        self.closing = False
        self.sessions: set[Session[S]] = set()

    @property
    def message_size(self) -> int:
        """Characters that one message may have."""
        return self._options.bounds.message_size

    @property
    def full(self) -> bool:
        """Whether no more sessions are taken."""
        return self.closing or len(self.sessions) >= self._max_sessions

    def refuse(self) -> None:
        """Note that a connection is refused."""
        self._refused += 1

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

    def main(self, peer: Peer[S]) -> Hook:
        """Gives the main object for a peer. May raise anything."""
        return hook_of(self._make(peer))

    async def host(self, transport: Transport, head: RequestHead) -> None:
        """Serve a peer over a transport, which this takes, until its session has ended.

        Raises:
            Exception: what the factory raised; the transport has not been started then.
        """
        session = Session(
            transport,
            self._stub,
            lambda main: self.main(Peer(*head, main)),
            self._options,
        )
        self._opened += 1
        self.sessions.add(session)
        try:
            await session.wait_closed()
        finally:
            self.sessions.discard(session)

    async def aclose(self, grace: float) -> None:
        """Take no more sessions, and end those there are.

        Args:
            grace: seconds that calls under way have to be answered.
        """
        self.closing = True
        sessions = list(self.sessions)
        if grace > 0 and sessions:
            answered = [asyncio.ensure_future(_answered(session)) for session in sessions]
            _, late = await asyncio.wait(answered, timeout=grace)
            for each in late:
                each.cancel()
        await asyncio.gather(
            *(session.aclose(CLOSE_GOING_AWAY, "the server shuts down") for session in sessions)
        )


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
