"""A server, a proxy before it, conversations through it, and a bystander who notices nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Self

import capnweb_runtime as rpc
from tests.faults.clock import nothing_happens
from tests.faults.party import RESULTS, Party
from tests.faults.proxy import HOST, Link, Proxy, Way

__all__ = ["KEEPALIVE_SECONDS", "Conversation", "Site"]

#: How long a peer that cannot be reached may remain unnoticed: until the next ping, twice its
#: deadline if there is a last sign of life in it, and a second.
KEEPALIVE_SECONDS: Final = 20.0 + 2 * 20.0 + 1.0


@dataclass
class Conversation:
    """A client and its end at the server.

    Attributes:
        link: the connection between them; None if it is a direct one.
    """

    near: Party
    far: Party
    connection: rpc.Connection[rpc.DynamicStub]
    session: rpc.Session[rpc.DynamicStub]
    link: Link | None = None

    @property
    def ends(self) -> list[tuple[Party, rpc.Session[rpc.DynamicStub]]]:
        return [(self.near, self.connection.session), (self.far, self.session)]

    async def run(self) -> None:
        """The whole conversation, to its end, whatever happens to it."""
        waiting = [party.begin(session.main) for party, session in self.ends]
        await self.near.converse(and_the_other=True)
        if self.far.script is not None:
            await self.far.script
        elif self.session.reason is None and self.connection.session.reason is None:
            raise AssertionError("the server's turn never came")
        await asyncio.gather(*waiting)
        for party in (self.near, self.far):
            party.peer = None

    async def check_complete(self) -> None:
        """All has happened, once, and nothing is left of it. Closes the connection."""
        await nothing_happens()
        for party, session in self.ends:
            expected = dict(RESULTS)
            if party is self.far:
                del expected["turn"]
            assert party.outcomes == expected, party.outcomes
            assert set(party.calls.values()) == {1}, party.calls
            assert party.running == 0
            assert party.alive == 1, "the main object is left"
            assert session.stats() == (1, 1), session.stats()
        await self.connection.aclose()
        await self.session.wait_closed()

    async def check_broken(self, *reasons: str) -> None:
        """The connection was lost in the middle: all has ended, for one of these reasons."""
        for party, session in self.ends:
            reason = session.reason
            assert isinstance(reason, rpc.ConnectionLostError), reason
            assert str(reason) in reasons
            for name, outcome in party.outcomes.items():
                # What did not get its result got the reason, and nothing else.
                assert outcome == RESULTS[name] or outcome is reason, (name, outcome)
            await session.wait_closed()
            assert session.stats() == (0, 0)
            assert not party.calls or set(party.calls.values()) == {1}, "delivered twice"
            assert party.running == 0, "a handler runs on"
            assert party.alive == 0, "an object was not told that its session is over"


class Site:
    """The server and the proxy."""

    def __init__(self, server: rpc.Server, parties: "asyncio.Queue[Party]", proxy: Proxy) -> None:
        self.server = server
        self._parties = parties
        self._proxy = proxy
        self._one_at_a_time = asyncio.Lock()
        self._bystander: Any = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, limits: rpc.Limits | None = None) -> AsyncIterator[Self]:
        """When the block is left the bystander must be alone on the server."""
        parties: asyncio.Queue[Party] = asyncio.Queue()

        def factory() -> Party:
            parties.put_nowait(Party())
            return parties._queue[-1]  # type: ignore[attr-defined,no-any-return]

        async with (
            rpc.serve(factory, HOST, 0, limits=limits) as server,
            Proxy.to(server.port) as proxy,
        ):
            site = cls(server, parties, proxy)
            async with rpc.connect(f"ws://{HOST}:{server.port}") as bystander:
                site._bystander = bystander
                await parties.get()
                yield site
                await site.bystander_is_served()
                assert len(server.sessions) == 1, "sessions that are over"
        assert server.sessions == frozenset()

    async def bystander_is_served(self) -> None:
        """Somebody else on the server gets answers."""
        assert await self._bystander.double(0, 2) == 4

    async def join(self, *, directly: bool = False) -> Conversation:
        """A new client, by the proxy unless `directly`."""
        async with self._one_at_a_time:
            before = self.server.sessions
            near = Party()
            url = f"ws://{HOST}:{self.server.port}" if directly else self._proxy.url
            connection = rpc.connect(url, local=near)
            await connection
            link = None if directly else await self._proxy.next_link()
            far = await self._parties.get()
            [session] = self.server.sessions - before
            return Conversation(near, far, connection, session, link)

    async def new_client_is_served(self) -> None:
        """Somebody else can have the whole conversation."""
        talk = await self.join(directly=True)
        await talk.run()
        await talk.check_complete()

    async def record(self) -> dict[Way, int]:
        """Have the conversation undisturbed; gives the number of its messages in each direction."""
        talk = await self.join()
        assert talk.link is not None
        await talk.run()
        await nothing_happens()
        count = {way: talk.link.count(way) for way in Way}
        await talk.check_complete()
        return count
