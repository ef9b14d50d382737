"""One end Python, the other Node: joining them, and the check that nothing is left behind.

    @own_loop
    async def test_square():
        async with node_calls_us() as link:
            assert await link.node.eval("api => api.square(3)") == 9

When the block is left both tables must be back to one import and one export (npm: `getStats()`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import capnweb_runtime as rpc
from tests.interop.node import NodeError, NodePeer
from tests.interop.python_api import PATIENCE_SECONDS, PythonApi, World

#: After so many round trips all has arrived that was under way when a test was done: what was sent,
#: the answers to it, and the same again for each session in between.
ROUND_TRIPS = 20


@dataclass
class Link:
    """A session between Python and Node, seen from both ends.

    Attributes:
        node: the Node process; `api` in its JavaScript is the main object of this side.
        session: this side's end.
        world: what this side's objects noted.
    """

    node: NodePeer
    session: rpc.Session[rpc.DynamicStub]
    world: World

    @property
    def api(self) -> rpc.DynamicStub:
        """Node's main object."""
        return self.session.main

    async def at_rest(self) -> None:
        """Wait until both tables are as they were at the start; a leak fails with all numbers."""
        await sessions_at_rest(self.node, self.session)

    async def frames(self) -> list[tuple[str, str]]:
        """All that Node has sent ("out") and received ("in") until its tables were at rest."""
        await self.node.stats(imports=1, exports=1)
        return await self.node.frames()


async def sessions_at_rest(node: NodePeer, *ours: rpc.Session[rpc.DynamicStub]) -> None:
    """Wait until all sessions of `node`, and our ends of them, hold the main objects alone.

    Raises:
        AssertionError: if they do not get there; with the numbers of all of them.
    """
    try:
        for _ in range(ROUND_TRIPS):
            await node.eval(_NODE_AT_REST)
            if all(session.stats() == (1, 1) for session in ours):
                return
            for session in ours:
                await round_trip(session)
    except NodeError as error:
        theirs = f"Node says: {error.message}"
    else:
        theirs = "Node's are back to 1 and 1"
    raise AssertionError(f"leaked: ours hold {[session.stats() for session in ours]}; {theirs}")


_NODE_AT_REST = """(api, env) => {
    const stats = () =>
        env.sessions.filter(({ws}) => ws.readyState === ws.OPEN).map(({rpc}) => rpc.getStats());
    return env.until(
        () => stats().every(({imports, exports}) => imports === 1 && exports === 1),
        () => `tables at rest; they hold ${JSON.stringify(stats())}`);
}"""


#: The JavaScript function that tells all about a value, as JSON: what `inspect` leaves out, too.
FORM = """((value) => {
    const hex = ({buffer, byteOffset, byteLength}) =>
        Buffer.from(buffer, byteOffset, byteLength).toString("hex");
    const form = (v) => {
        if (v === undefined) return "undefined";
        if (v === null || typeof v !== "object") return typeof v === "bigint" ? `${v}n` : v;
        if (v instanceof Error) {
            const own = Object.keys(v).filter((key) => key !== "cause" && key !== "errors");
            return [v.constructor.name, v.message, own.map((key) => [key, form(v[key])]),
                    form(v.cause), form(v.errors)];
        }
        if (v instanceof ArrayBuffer) return ["ArrayBuffer", hex(new Uint8Array(v))];
        if (v instanceof Uint8Array) return ["Uint8Array", hex(v)];  // or Node's Buffer
        if (ArrayBuffer.isView(v)) return [v.constructor.name, hex(v)];
        if (v instanceof URL) return ["URL", v.href];
        if (v instanceof Headers) return ["Headers", [...v]];
        if (v instanceof Request)
            return ["Request", v.url, v.method, [...v.headers], v.cache, v.redirect, v.integrity,
                    v.mode, v.credentials, v.referrer, v.referrerPolicy, v.keepalive,
                    v.body !== null];
        if (v instanceof Response)
            return ["Response", v.status, v.statusText, [...v.headers], v.body !== null];
        if (Array.isArray(v)) return v.map(form);
        if (v instanceof Date) return ["Date", v.getTime()];
        return Object.entries(v).map(([key, item]) => [key, form(item)]);
    };
    return JSON.stringify(form(value));
})"""


#: A property that no main object has.
ROUND_TRIP = "a round trip"


async def round_trip(session: rpc.Session[rpc.DynamicStub]) -> None:
    """Wait until all that either end has sent so far has arrived."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await session.main[ROUND_TRIP] is None


@contextlib.asynccontextmanager
async def node_calls_us(
    make: Callable[[World], object] = PythonApi, **options: Any
) -> AsyncIterator[Link]:
    """Our server and a Node process that is its client.

    Args:
        make: makes the main object of a connection.
        options: of `serve`.
    """
    world = World()
    made = asyncio.Event()

    def factory() -> object:
        made.set()
        return make(world)

    async with (
        rpc.serve(factory, "127.0.0.1", 0, **options) as server,
        NodePeer.connect(f"ws://127.0.0.1:{server.port}") as node,
    ):
        await made.wait()  # Node's end may be open a little before ours
        (session,) = server.sessions
        link = Link(node, session, world)
        yield link
        await _end(link)


@contextlib.asynccontextmanager
async def we_call_node(
    offer: str | None = None, *, local: Callable[[World], object] = PythonApi, **options: Any
) -> AsyncIterator[Link]:
    """A server in Node and a session of ours with it.

    Args:
        offer: JavaScript for its main object, the body of a class, in which `env` is known; a
            `NodeApi` if left out.
        local: makes our main object.
        options: of `connect`.
    """
    world = World()
    async with NodePeer.serve() as node:
        if offer is not None:
            await node.eval(
                f"(api, env) => env.offer(() => new (class extends env.RpcTarget {{ {offer} }})())"
            )
        connection = rpc.connect(node.url, local=local(world), **options)
        async with connection:
            await node.connected()
            link = Link(node, connection.session, world)
            yield link
            await _end(link)


async def _end(link: Link) -> None:
    """The check at the end of each test."""
    if link.session.reason is None:
        await link.at_rest()
    else:
        assert link.session.stats() == (0, 0), "a session that ended holds nothing"
