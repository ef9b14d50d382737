"""The harness itself: npm `capnweb` on both ends, so that what fails here is not the runtime."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.interop.node import NodeError, NodePeer, NodePeerFailedError
from tests.loops import own_loop


def with_pair(test: Callable[[NodePeer, NodePeer], Awaitable[None]]) -> Callable[[], None]:
    """A test of a serving peer and of a second one that is connected to it, at rest in the end."""

    @own_loop
    async def synchronous() -> None:
        async with NodePeer.serve() as server, NodePeer.connect(server.url) as client:
            await server.connected()
            await test(server, client)
            await client.stats(imports=1, exports=1)
            await server.stats(imports=1, exports=1)

    return synchronous


@with_pair
async def test_values_and_properties(server: NodePeer, client: NodePeer) -> None:
    assert await client.eval("(api, env, n) => api.square(n)", 12) == 144
    assert await client.eval("api => api.greet('Ada')") == "Hello, Ada!"
    assert await client.eval("api => api.motd") == "be kind"
    # Not b[0]: JavaScript's proxies make each key a string, and capnweb wants numbers for arrays.
    assert await client.eval("api => api.nested.a.b") == [10, 20, {"c": "deep"}]
    pipelined = await client.eval("""async (api, env) => {
        const user = api.getUser(7);
        const square = await api.square(user.id);
        env.dispose(user);  // never awaited, hence not released by itself
        return square;
    }""")
    assert pipelined == 49
    assert await server.eval("api => api.getUser(3)") == {
        "id": 3,
        "name": "user 3",
        "friends": [4, 5],
        "address": {"city": "Oslo"},
    }


@with_pair
async def test_objects_by_reference(server: NodePeer, client: NodePeer) -> None:
    got = await client.eval("""async (api, env) => {
        const counter = await api.makeCounter(10, "theirs");
        const values = [await counter.increment(), await counter.value];
        values.push(await api.incrementCounter(counter, 5));
        // Not awaited: capnweb cannot, if the whole result is an object of its own (see api.mjs).
        const ours = api.giveBack(new env.Counter(env.world, 3, "ours"));
        values.push(await ours.increment(4));
        const me = await api.self();
        values.push(await me.square(3));
        env.dispose(counter, ours, me);
        return values;
    }""")
    assert got == [11, 11, 16, 7, 9]
    await server.logged("dispose theirs")
    await client.logged("dispose ours")


@with_pair
async def test_callbacks(server: NodePeer, client: NodePeer) -> None:
    got = await client.eval("""async (api, env) => {
        const now = await api.callIt((a, b) => a + b, 2, 3);
        await api.keep((x) => x * 2);
        await api.keep((x) => x * 3);
        const later = await api.fire(7);
        return [now, [...later], await api.drop()];
    }""")
    assert got == [5, [14, 21], 2]


@with_pair
async def test_errors_have_a_name_and_a_message(server: NodePeer, client: NodePeer) -> None:
    for kind in ("TypeError", "RangeError", "Error"):
        with pytest.raises(NodeError, match=f"^{kind}: no$") as caught:
            await client.eval("(api, env, kind) => api.fail(kind, 'no')", kind)
        assert caught.value.name == kind
    with pytest.raises(NodeError, match="thrown later"):
        await client.eval("api => api.throwsLater()")


@with_pair
async def test_a_call_is_held_open_until_released(server: NodePeer, client: NodePeer) -> None:
    slow = asyncio.create_task(client.eval("api => api.slow('now')"))
    await server.logged("slow waits")
    assert await client.eval("api => api.release()") == 1
    assert await slow == "now"


@own_loop
async def test_a_third_party_and_the_frames() -> None:
    async with (
        NodePeer.serve() as server,
        NodePeer.connect(server.url) as owner,
        NodePeer.connect(server.url) as other,
    ):
        await server.connected(1)
        await owner.eval("(api, env) => api.put('c', new env.Counter(env.world, 1, 'mine'))")
        value = await other.eval("""async (api, env) => {
            const counter = api.take("c");
            const value = await counter.increment(4);
            env.dispose(counter);
            return value;
        }""")
        assert value == 5
        await other.eval("api => api.discard('c')")
        await owner.logged("dispose mine")
        for node in (owner, other):
            await node.stats(imports=1, exports=1)
        assert (await other.frames())[0] == ("out", '["push",["pipeline",0,["take"],["c"]]]')


@own_loop
async def test_a_socket_that_dies_breaks_the_other_end() -> None:
    async with NodePeer.serve() as server, NodePeer.connect(server.url) as client:
        await server.connected()
        call = asyncio.create_task(client.eval("api => api.slow(1)"))
        await server.logged("slow waits")
        await server.terminate()
        with pytest.raises(NodeError, match="Peer closed WebSocket: 1006"):
            await call
        await client.logged("broken: Error: Peer closed WebSocket: 1006 ")
        await server.logged("dispose api")


@own_loop
async def test_a_close_frame_reaches_the_other_end() -> None:
    async with NodePeer.serve() as server, NodePeer.connect(server.url) as client:
        await client.disconnect(3000, "enough")
        await server.logged("closed 3000 enough")
        assert "closed 3000 enough" in await client.log()


@own_loop
async def test_a_main_object_of_the_tests_own() -> None:
    async with NodePeer.serve() as server:
        await server.eval("""(api, env) => env.offer(() => new (class extends env.RpcTarget {
            ping() { return "pong"; }
        })())""")
        async with NodePeer.connect(server.url) as client:
            assert await client.eval("api => api.ping()") == "pong"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("() => 1n", "result is not plain JSON (bigint: 1)"),
        ("() => ({a: [NaN]})", "result.a[0] is not plain JSON (number: NaN)"),
        ("() => ({a: undefined})", "result.a is not plain JSON (undefined: undefined)"),
        ("() => [new Date(0)]", "result[0] is not plain JSON (Date)"),
        ("() => { throw 'no error' }", "thrown: no error"),
    ],
)
@own_loop
async def test_a_result_that_json_would_change_is_refused(source: str, complaint: str) -> None:
    async with NodePeer.serve() as node:
        with pytest.raises(NodeError) as caught:
            await node.eval(source)
        assert caught.value.message == complaint


@own_loop
async def test_what_goes_wrong_unseen_is_reported_in_the_end() -> None:
    node = NodePeer.serve()
    await node.start()
    await node.eval("() => { Promise.reject(new RangeError('nobody looks')); }")
    with pytest.raises(NodePeerFailedError, match="RangeError: nobody looks"):
        await node.close()
    await node.close()


@own_loop
async def test_a_process_that_dies_is_reported_with_what_it_said() -> None:
    async with NodePeer.serve() as node:
        with pytest.raises(NodePeerFailedError, match="last words"):
            await node.eval("() => { console.log('last words'); process.exit(3); }")


@own_loop
async def test_a_server_that_does_not_exist() -> None:
    async with NodePeer.serve() as gone:
        url = gone.url
    with pytest.raises(NodeError, match="ECONNREFUSED"):
        await NodePeer.connect(url).start()
