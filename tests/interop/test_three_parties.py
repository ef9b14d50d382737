"""Objects that pass through a party in the middle: to a third one, and back to their owner."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import sessions_at_rest
from tests.interop.node import NodeError, NodePeer, NodePeerFailedError
from tests.interop.python_api import Counter, NotFound, PythonApi, World
from tests.loops import own_loop


@dataclass
class Nodes:
    """Two Node processes, both clients of our server."""

    left: NodePeer
    right: NodePeer
    server: rpc.Server
    world: World


@contextlib.asynccontextmanager
async def two_nodes() -> AsyncIterator[Nodes]:
    world = World()
    async with (
        rpc.serve(lambda: PythonApi(world), "127.0.0.1", 0) as server,
        NodePeer.connect(f"ws://127.0.0.1:{server.port}") as left,
        NodePeer.connect(f"ws://127.0.0.1:{server.port}") as right,
    ):
        nodes = Nodes(left, right, server, world)
        yield nodes
        for node in (left, right):
            with contextlib.suppress(NodePeerFailedError):  # a test may have killed it
                await sessions_at_rest(node, *server.sessions)


NOTES = {"list": [1, {"b": "c"}], "one": "a"}

#: An object of the left process, which puts it on the shelf of the server.
PUT_PAD = """async (api, env) => {
    env.state.later = [];
    await api.put("pad", new (class extends env.RpcTarget {
        child() { return this; }
        get notes() { return {list: [1, {b: "c"}], one: "a"}; }
        log(line) { env.log(line); }
        fail() { throw new RangeError("left says no"); }
        call(f, ...args) { return f(...args); }
        keep(f) { env.state.later.push(f.dup()); }
        giveBack(stub) { return stub.dup(); }
        add(counter, by) { return counter.increment(by); }
        slow() { env.log("slow waits"); return new Promise((done) => env.state.later.push(done)); }
        [Symbol.dispose]() { env.log("dispose pad"); }
    })());
}"""


@own_loop
async def test_a_node_uses_the_object_of_another() -> None:
    """STUB-05, PATH-13, PIPE-01, PIPE-12: calls, properties and pipelines reach the owner."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        assert await nodes.right.eval("""async (api, env) => {
            const pad = await api.take("pad");
            await Promise.all(Array.from({length: 20}, (_, n) => pad.log(`${n}`)));
            const got = [await pad.notes, await pad.notes.list];
            const taken = api.take("pad"), child = taken.child(), again = child.child();
            got.push(await again.notes.one);
            got.push(await pad.fail().catch((e) => [e.constructor.name, e.message]));
            env.dispose(pad, taken, child, again);
            await api.discard("pad");
            return got;
        }""") == [NOTES, NOTES["list"], NOTES["one"], ["RangeError", "left says no"]]
        await nodes.left.logged("dispose pad", 3)  # once for each time it was returned (DISP-07)
        assert (await nodes.left.log())[:20] == [str(n) for n in range(20)]


@own_loop
async def test_functions_of_one_node_called_by_another() -> None:
    """STUB-05, FN-01, FN-02, DISP-10, DISP-15: within the call, kept for later, and failing."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        assert await nodes.right.eval("""async (api, env) => {
            const pad = env.state.pad = await api.take("pad");
            const got = [await pad.call((a, b) => a + b, 2, 3),
                         await pad.call(() => { throw new SyntaxError("right"); }).catch(String)];
            const dispose = () => env.log("dispose kept");
            const home = await pad.giveBack((n) => n + 1);
            got.push(await home(1));
            env.dispose(home);
            await pad.keep(Object.assign((n) => n * 10, {[Symbol.dispose]: dispose}));
            return got;
        }""") == [5, "SyntaxError: right", 2]
        assert await nodes.left.eval("(api, env) => env.state.later[0](4)") == 40
        assert await nodes.right.log() == []
        await nodes.left.eval("(api, env) => env.dispose(env.state.later[0])")
        await nodes.right.logged("dispose kept")
        await nodes.right.eval(
            "(api, env) => { env.dispose(env.state.pad); return api.discard('pad'); }"
        )
        assert await nodes.right.log() == ["dispose kept"]


@own_loop
async def test_an_object_of_a_node_comes_back_to_it() -> None:
    """STUB-03, STUB-09, DISP-09: from us, from the other node, as argument and as result."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        await nodes.left.eval(
            "(api, env) => api.put('counter', new env.Counter(env.world, 1, 'mine'))"
        )
        assert await nodes.right.eval("""async (api, env) => {
            const [pad, counter] = [await api.take("pad"), await api.take("counter")];
            const got = [await pad.add(counter, 2), await pad.add(counter, counter.value)];
            const taken = api.take("counter");
            got.push(await pad.add(taken, 4));  // not awaited: a promise of it
            env.dispose(pad, counter, taken);
            return got;
        }""") == [3, 6, 10]
        assert await nodes.left.eval("""async (api, env) => {
            const home = await api.take("counter");  // which capnweb cannot, from another capnweb
            const got = [await home.increment(), await api.increment_counter(home, 1)];
            env.dispose(home);
            await api.discard("counter"), await api.discard("pad");
            return got;
        }""") == [11, 12]
        await nodes.left.logged("dispose mine")
        await nodes.left.logged("dispose pad")
        assert sorted(await nodes.left.log()) == ["dispose mine", "dispose pad"]


@own_loop
async def test_the_owner_is_gone() -> None:
    """BRK-06, WS-06, WS-09, DISP-18: calls that run and later ones fail; nothing else does."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        pending = asyncio.create_task(
            nodes.right.eval("""async (api, env) => {
                env.state.pad = await api.take("pad");
                return env.state.pad.slow();
            }""")
        )
        await nodes.left.logged("slow waits")
        with pytest.raises(NodePeerFailedError):
            await nodes.left.eval("() => process.kill(process.pid, 'SIGKILL')")
        with pytest.raises(NodeError, match=r"^Error: the connection was closed: no close frame"):
            await pending
        assert await nodes.right.eval("""async (api, env) => {
            const counter = new env.Counter(env.world, 0, "passed in vain");
            const got = await env.state.pad.call(counter).catch(String);
            env.dispose(env.state.pad);
            await api.discard("pad");
            return [got, await api.square(3)];
        }""") == ["Error: the connection was closed: no close frame received", 9]
        await nodes.right.logged("dispose passed in vain")


@own_loop
async def test_the_user_is_gone() -> None:
    """WS-09, DISP-06: what it held of the other node's is released, what it promised is broken."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        await nodes.right.eval("""async (api, env) => {
            env.state.pad = await api.take("pad");
            await env.state.pad.keep((n) => n);
            await api.discard("pad");
        }""")
        assert await nodes.left.log() == []
        with pytest.raises(NodePeerFailedError):
            await nodes.right.eval("() => process.kill(process.pid, 'SIGKILL')")
        await nodes.left.logged("dispose pad")
        with pytest.raises(NodeError, match="the connection was closed"):
            await nodes.left.eval("(api, env) => env.state.later[0](1)")
        await nodes.left.eval("(api, env) => env.dispose(env.state.later[0])")


@own_loop
async def test_a_forwarded_call_that_is_given_up() -> None:
    """DISP-17, DISP-20: the release goes on to the owner."""
    async with two_nodes() as nodes:
        await nodes.left.eval(PUT_PAD)
        await nodes.right.eval("""async (api, env) => {
            env.state.pad = await api.take("pad");
            env.state.slow = env.state.pad.slow();
            env.state.slow.catch(() => {});
        }""")
        await nodes.left.logged("slow waits")
        await nodes.right.eval("(api, env) => env.dispose(env.state.slow)")
        await nodes.left.stats(imports=1, exports=2)  # the pad is all that is left
        await nodes.right.eval(
            "(api, env) => { env.dispose(env.state.pad); return api.discard('pad'); }"
        )


@dataclass
class Clients:
    """Two clients of ours of one Node process."""

    node: NodePeer
    left: rpc.DynamicStub
    right: rpc.DynamicStub
    sessions: list[rpc.Session[rpc.DynamicStub]]
    world: World


@contextlib.asynccontextmanager
async def two_clients() -> AsyncIterator[Clients]:
    world = World()
    async with NodePeer.serve() as node:
        connections = [rpc.connect(node.url), rpc.connect(node.url)]
        async with connections[0] as left, connections[1] as right:
            await node.connected(1)
            sessions = [connection.session for connection in connections]
            yield Clients(node, left, right, sessions, world)
            await sessions_at_rest(node, *(it for it in sessions if it.reason is None))


class Pad(rpc.Target):
    """An object of the left client."""

    def __init__(self, world: World) -> None:
        self._world = world

    def child(self) -> "Pad":
        return self

    @property
    def notes(self) -> object:
        return NOTES

    def fail(self) -> None:
        raise NotFound("left says no")

    async def call(self, function: rpc.DynamicStub, *args: object) -> object:
        result: object = await function(*args)
        return result

    async def add(self, counter: rpc.DynamicStub, by: int) -> object:
        result: object = await counter.increment(by)
        return result

    async def slow(self) -> None:
        self._world.log("slow waits")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self._world.log("slow cancelled")
            raise

    def __exit__(self, *exc: object) -> None:
        self._world.log("dispose pad")


@own_loop
async def test_a_client_uses_the_object_of_another() -> None:
    """STUB-05, PATH-13, PIPE-01, DISP-06: through a server on Node."""
    async with two_clients() as clients:
        await clients.left.put("pad", Pad(clients.world))
        with await clients.right.take("pad") as pad:
            assert await pad.notes == NOTES
            assert await pad.notes.list[1].b == "c"
            with pytest.raises(rpc.RemoteError, match=r"^Error: left says no$"):
                await pad.fail()  # capnweb keeps no name but those of its own classes
        with clients.right.take("pad") as taken, taken.child() as child, child.child() as again:
            assert await again.notes.one == "a"
        assert clients.world.journal == []
        await clients.right.discard("pad")
        await clients.world.logged("dispose pad")


@own_loop
async def test_an_object_of_a_client_comes_back_to_it() -> None:
    """STUB-03, STUB-09: from Node it is the object itself: calls of it do not travel."""
    async with two_clients() as clients:
        await clients.left.put("counter", Counter(clients.world, 1, "left's"))
        with await clients.left.take("counter") as home:
            before = await clients.node.eval(FRAMES_OF_LEFT)
            assert await home.increment() == 2
            assert await clients.node.eval(FRAMES_OF_LEFT) == before
        with clients.right.take("counter") as theirs:
            assert await theirs.value == 2
        await clients.left.discard("counter")
        await clients.world.logged("dispose left's")


#: How many frames the left client and Node have exchanged, once Node holds no result for it.
FRAMES_OF_LEFT = """async (api, env) => {
    const {rpc, frames} = env.sessions[0];
    await env.until(() => rpc.getStats().exports === 1);
    return frames.length;
}"""


@own_loop
async def test_capabilities_as_arguments_through_node() -> None:
    """STUB-03, STUB-05, FN-01, FN-02, WS-09: they work, and go at the latest with the session.

    capnweb 0.12 never releases the capabilities in arguments that it forwards: it sends copies of
    its references and keeps its own. It is so between three capnwebs as well.
    """
    async with two_clients() as clients:
        counter = Counter(clients.world, 1, "left's")
        await clients.left.put("counter", counter)
        await clients.left.put("pad", Pad(clients.world))
        with clients.right.take("pad") as pad, clients.right.take("counter") as theirs:
            assert await pad.add(theirs, 3) == 4  # the left client gets an object of its own
            assert await pad.add(theirs, theirs.value) == 8
            assert await pad.call(lambda a, b: a + b, 2, 3) == 5
            assert await pad.add(Counter(clients.world, 1, "right's"), 4) == 5
        assert counter.value == 8
        await clients.left.discard("counter")
        await clients.left.discard("pad")
        await clients.world.logged("dispose pad")
        for session in clients.sessions:
            await session.aclose()
            assert session.stats() == (0, 0)
        await clients.world.logged("dispose left's")
        await clients.world.logged("dispose right's")
        assert len(clients.world.journal) == 3


@own_loop
async def test_the_owner_among_the_clients_is_gone() -> None:
    """BRK-06, WS-09: its task is cancelled, its object disposed of, the other client told."""
    async with two_clients() as clients:
        await clients.left.put("pad", Pad(clients.world))
        with clients.right.take("pad") as pad:
            await pad
            slow = pad.slow()
            waiting = asyncio.ensure_future(slow)
            await clients.world.logged("slow waits")
            await clients.sessions[0].aclose()
            with pytest.raises(rpc.RemoteError, match="Peer closed WebSocket: 1000"):
                await waiting
            with pytest.raises(rpc.RemoteError, match="Peer closed WebSocket: 1000"):
                await pad.child()
        await clients.world.logged("slow cancelled")
        await clients.world.logged("dispose pad")
        await clients.right.discard("pad")
