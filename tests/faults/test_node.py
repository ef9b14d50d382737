"""The same conversation with npm `capnweb` at the other end, disturbed at some boundaries.

The clock may only jump while nothing is expected of Node, which lives in another process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest

import capnweb_runtime as rpc
from tests.faults.clock import JumpingLoop, with_jumping_clock
from tests.faults.party import RESULTS, STEPS, TEXT, Party
from tests.faults.proxy import CLOSE_CODE, CLOSE_REASON, HOST, Fault, Kind, Proxy, Way
from tests.faults.site import KEEPALIVE_SECONDS
from tests.interop.node import NodePeer

#: What `Party` offers, in JavaScript: the body of a class.
OFFER: Final = """
    wait(number) { return new Promise((resolve) => { this.gate = resolve; }); }
    open(number) { this.gate?.("über"); }
    make(number) {
        return new (class Thing extends env.RpcTarget {
            child(number) { return new Thing(); }
            name(number) { return "über"; }
        })();
    }
    async ask(number, callback, thing) {
        return [await callback("über"), await thing.name(number + 1)];
    }
    count(number, end) {
        let next = 0;
        return new ReadableStream({
            pull(controller) {
                if (next === end) controller.close();
                else controller.enqueue([next++, "über"]);
            },
        });
    }
    async collect(number, stream) {
        const chunks = [];
        for await (const chunk of stream) chunks.push(chunk);
        return chunks;
    }
    items(number) { return [10, 20]; }
    double(number, item) { return 2 * item; }
    size(number, blob) { return blob.size; }
    fail(number) { throw new RangeError("über"); }
"""

#: The script of `Party`, in JavaScript: gives what each step gave, or "failed".
CONVERSE: Final = """(api, env, url) => void (env.state.talk = (async () => {
    const main = new (class extends env.RpcTarget { OFFER })();
    const { api: peer } = await env.connect(url, main);
    await new Promise((resolve) => { env.state.go = resolve; env.log("joined"); });
    const results = {};
    const step = async (name, run) => {
        const failed = (error) => (error.message === "über" ? "über" : "failed");
        results[name] = await run().catch(failed);
    };
    const waiting = step("wait", async () => await peer.wait(1));
    await step("pipelined", async () => {
        const first = peer.make(10), second = first.child(11);
        const names = await Promise.all([first.name(12), second.name(13)]);
        env.dispose(first, second);
        return names;
    });
    await step("held", async () => {
        const thing = await peer.make(20);
        const name = await thing.name(21);
        env.dispose(thing);
        return name;
    });
    await step("callback", async () => {
        const thing = peer.make(30);
        let heard = 0;
        const said = await peer.ask(31, (text) => (heard++, text.toUpperCase()), thing);
        env.dispose(thing);
        return [...said, heard];
    });
    await step("stream", async () => {
        const chunks = [];
        for await (const chunk of await peer.count(40, 2)) chunks.push(chunk);
        return chunks;
    });
    await step("stream up", async () => {
        const chunks = ["über", "über"];
        return await peer.collect(50, new ReadableStream({
            pull(controller) {
                if (chunks.length === 0) controller.close();
                else controller.enqueue(chunks.pop());
            },
        }));
    });
    await step("map", async () => await peer.items(60).map((item) => peer.double(61, item)));
    await step("blob", async () => await peer.size(70, new Blob([new Uint8Array(76800)])));
    await step("failing", async () => { await peer.fail(80); });
    await step("open", async () => (await peer.open(91)) ?? null);
    await waiting;
    return results;
})())""".replace("OFFER", OFFER)

_NO_WORD: Final = "the connection was closed: no close frame received"
_REASONS: Final = {
    kind: (_NO_WORD, f"the connection was closed: {CLOSE_CODE} {CLOSE_REASON}")
    if kind is Kind.CLOSE_FRAME
    else ("the peer did not answer a ping within 20 s", _NO_WORD)
    if kind.stalls
    # Node's library closes with a code of its own when it sees a FIN, or half a frame.
    else (_NO_WORD, "the connection was closed: 1006")
    for kind in Kind
}

_WAYS = pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
_KINDS = pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)


def _boundaries(count: int) -> list[int]:
    """The first ones, two within, and one before the end."""
    return [0, 1, count // 3, 2 * count // 3, count - 6]


@contextlib.contextmanager
def _jumping() -> Iterator[None]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.jump()
    try:
        yield
    finally:
        loop.hold()


def _held_clock() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.hold()


def _check(party: Party, session: Any, kind: Kind) -> None:
    """Our end of a conversation that was disturbed."""
    assert isinstance(session.reason, rpc.ConnectionLostError)
    assert str(session.reason) in _REASONS[kind], session.reason
    for name, outcome in party.outcomes.items():
        assert outcome == RESULTS[name] or outcome is session.reason, (name, outcome)
    assert session.stats() == (0, 0)
    assert not party.calls or set(party.calls.values()) == {1}, "delivered twice"
    assert (party.running, party.alive) == (0, 0)


# --- we call Node


async def _we_talk(proxy: Proxy, node: NodePeer, index: int, fault: Fault | None) -> dict[Way, int]:
    """Our script, with Node as the server."""
    party = Party()
    connection = rpc.connect(proxy.url, local=party)
    await connection
    session = connection.session
    link = await proxy.next_link()
    await node.connected(index)
    await node.eval("""(api, env) => {
        env.state.pending = Promise.resolve(api.wait(1)).then(() => "answered", () => "failed");
    }""")
    if fault is not None:
        link.arm(fault)
    waiting = party.begin(session.main)
    script = asyncio.create_task(party.converse())
    count = {}
    if fault is None:
        await script
        await waiting
        assert party.outcomes == {name: RESULTS[name] for name in [*STEPS, "open", "wait"]}
        count = {way: link.count(way) for way in Way}
    else:
        await link.fired.wait()
        with _jumping():
            async with asyncio.timeout(KEEPALIVE_SECONDS if fault.kind.stalls else 15):
                await script
                await waiting
                await session.wait_closed()
        await asyncio.sleep(0)
        _check(party, session, fault.kind)
    party.peer = None
    await connection.aclose()
    link.abort()
    await link.closed.wait()
    assert await node.eval("(api, env) => env.state.pending") == "failed"
    return count


@_WAYS
@_KINDS
@with_jumping_clock
async def test_our_client_and_a_server_of_node(kind: Kind, way: Way) -> None:
    """WS-06, BRK-01, BRK-03"""
    _held_clock()
    async with NodePeer.serve() as node:
        await node.eval(
            f"(api, env) => env.offer(() => new (class extends env.RpcTarget {{ {OFFER} }})())"
        )
        async with Proxy.to(int(node.url.rpartition(":")[2])) as proxy:
            count = (await _we_talk(proxy, node, 0, None))[way]
            for index, after in enumerate(_boundaries(count), start=1):
                await _we_talk(proxy, node, index, Fault(kind, way, after))
            await _we_talk(proxy, node, len(_boundaries(count)) + 1, None)


# --- Node calls us


class _Site:
    """Our server, and Node, whose sessions come by a proxy."""

    def __init__(self, node: NodePeer, proxy: Proxy, parties: list[Party], server: Any) -> None:
        self.node = node
        self.proxy = proxy
        self.parties = parties
        self.server = server

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator["_Site"]:
        parties: list[Party] = []

        def factory() -> Party:
            parties.append(Party())
            return parties[-1]

        async with (
            rpc.serve(factory, HOST, 0) as server,
            Proxy.to(server.port) as proxy,
            NodePeer.connect(f"ws://{HOST}:{server.port}") as node,
        ):
            yield cls(node, proxy, parties, server)
            # The first session of Node is the bystander.
            assert await node.eval("(api, env) => env.sessions[0].api.double(0, 2)") == 4

    async def _talked(self) -> dict[str, object]:
        results: dict[str, object] = await self.node.eval("(api, env) => env.state.talk")
        return results

    async def node_talks(self, index: int, fault: Fault | None) -> dict[Way, int]:
        """Node's script, with us as the server."""
        before = self.server.sessions
        await self.node.eval(CONVERSE, self.proxy.url)
        link = await self.proxy.next_link()
        await self.node.logged("joined", index)
        [session] = self.server.sessions - before
        party = self.parties[-1]
        if fault is not None:
            link.arm(fault)
        waiting = party.begin(session.main)
        await self.node.eval("(api, env) => env.state.go()")
        count = {}
        if fault is None:
            expected = {name: RESULTS[name] for name in [*STEPS, "open", "wait"]}
            assert await self._talked() == expected
            count = {way: link.count(way) for way in Way}
            link.abort()
            await waiting
        else:
            await link.fired.wait()
            with _jumping():
                async with asyncio.timeout(KEEPALIVE_SECONDS if fault.kind.stalls else 15):
                    await waiting
                    await session.wait_closed()
            link.abort()
            for name, outcome in (await self._talked()).items():
                assert outcome in (RESULTS[name], "failed"), (name, outcome)
        await link.closed.wait()
        await session.wait_closed()
        await asyncio.sleep(0)
        _check(party, session, Kind.RESET if fault is None else fault.kind)
        party.peer = None
        return count


@_WAYS
@_KINDS
@with_jumping_clock
async def test_our_server_and_a_client_of_node(kind: Kind, way: Way) -> None:
    """WS-06, BRK-01, BRK-03, DISP-21"""
    _held_clock()
    async with _Site.open() as site:
        count = (await site.node_talks(1, None))[way]
        for index, after in enumerate(_boundaries(count), start=2):
            await site.node_talks(index, Fault(kind, way, after))
        await site.node_talks(len(_boundaries(count)) + 2, None)


def test_the_text_has_a_character_of_several_bytes() -> None:
    """Else a torn message would not be torn within one."""
    assert len(TEXT.encode()) > len(TEXT)
