"""Calls that travel as streams (`stream_calls`), with npm `capnweb` at the other end.

It was made to receive them as writes to a stream, whose results are nothing; that it answers any
call so, and forgets it as it does, is shown here. At the end of each test both tables are at rest.
"""

import asyncio

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us, round_trip, we_call_node
from tests.loops import own_loop


@own_loop
async def test_one_message_and_its_answer() -> None:
    """MSG-03, MSG-19: the ids are those that pushes would have."""
    async with we_call_node(stream_calls=True) as link:
        assert await link.api.square(3) == 9
        with link.api.getUser(7) as user:
            assert await link.api.square(user.id) == 49
        assert await link.api.motd == "be kind"
        with pytest.raises(TypeError, match="no"):
            await link.api.fail("TypeError", "no")
        assert await link.frames() == [
            ("in", '["stream",["pipeline",0,["square"],[3]]]'),
            ("out", '["resolve",1,9]'),
            ("in", '["push",["pipeline",0,["getUser"],[7]]]'),
            ("in", '["stream",["pipeline",0,["square"],[["pipeline",2,["id"]]]]]'),
            ("out", '["resolve",3,49]'),
            ("in", '["release",2,1]'),
            ("in", '["stream",["pipeline",0,["motd"]]]'),
            ("out", '["resolve",4,"be kind"]'),
            ("in", '["stream",["pipeline",0,["fail"],["TypeError","no"]]]'),
            ("out", '["reject",5,["error","TypeError","no"]]'),
        ]


@own_loop
async def test_many_at_once() -> None:
    async with we_call_node(stream_calls=True) as link:
        squares = await rpc.gather(*[link.api.square(n) for n in range(300)])
        assert squares == tuple(n * n for n in range(300))
        names = {text[2:6] for way, text in await link.frames() if way == "in"}
        assert names == {"stre"}


@own_loop
async def test_objects_of_node() -> None:
    """OWN-08: one in the result is the caller's, and its disposer runs when that gives it up."""
    async with we_call_node(stream_calls=True) as link:
        with await link.api.makeCounter(1, "c") as counter:
            assert [await counter.increment(), await counter.increment(2)] == [2, 4]
            assert await link.api.incrementCounter(counter, 5) == 9
            assert await link.node.log() == []
        await link.node.logged("dispose c")


@own_loop
async def test_objects_of_ours() -> None:
    """They come home, and are called by way of Node and back."""
    async with we_call_node(stream_calls=True) as link:
        assert await link.api.callIt(lambda a, b: a + b, 2, 3) == 5
        with rpc.stub_of(lambda: "home") as ours:
            inside = link.api.giveBackInside(ours)
            assert await (await inside)[0]["inside"]() == "home"
            inside.dispose()


@own_loop
async def test_what_is_done_with_it_meanwhile_waits_here() -> None:
    """A call on it, and itself as an argument, before its answer has come."""
    async with we_call_node(stream_calls=True) as link:
        slow = link.api.slow({"n": 5})
        awaiting = asyncio.ensure_future(slow)
        await round_trip(link.session)
        with link.api.square(slow["n"]) as square, link.api.echo(slow) as echo:
            awaited = asyncio.ensure_future(rpc.gather(square, slow["n"], echo))
            await round_trip(link.session)
            assert await link.api.release() == 1
            assert await awaited == (25, 5, {"n": 5})
        assert await awaiting == {"n": 5}
        slow.dispose()


@own_loop
async def test_one_that_is_given_up() -> None:
    """Node is not told: it answers when it has the answer, and what is in that is released."""
    offer = """
        slow() {
            const Late = class extends env.RpcTarget { [Symbol.dispose]() { env.log("late"); } };
            return new Promise((resolve) => { env.state.go = () => resolve(new Late()); });
        }
        go() { env.state.go(); }
    """
    async with we_call_node(offer, stream_calls=True) as link:
        with pytest.raises(rpc.CallTimeoutError):
            await rpc.within(0.05, link.api.slow())
        assert link.session.stats() == (1, 1)
        await link.node.stats(imports=1, exports=2)
        await link.api.go()
        await link.node.logged("late")


@own_loop
async def test_our_server_calls_node_back() -> None:
    """The other way: a server of ours awaits a callback of a Node client."""
    async with node_calls_us(stream_calls=True) as link:
        assert await link.node.eval("api => api.call_it((a, b) => a * b, 6, 7)") == 42
        frames = [text for way, text in await link.frames() if way == "in"]
        assert frames == [
            '["stream",["pipeline",-1,[],[6,7]]]',
            '["release",-1,1]',
            '["resolve",1,42]',
        ]
