"""Giving up, with npm `capnweb` at the other end.

It knows `release`, and forgets the result; it has no way to stop a function of JavaScript that
runs. What is called for the sake of a result that nobody wants is made all the same there.
"""

import asyncio

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us, round_trip, we_call_node
from tests.interop.node import NodeError
from tests.loops import own_loop


@own_loop
async def test_node_runs_on_after_a_timeout() -> None:
    """DISP-17: released at both sides, and not stopped; the late answer is not sent."""
    async with we_call_node() as link:
        kept = link.api.slow(1)
        with pytest.raises(rpc.CallTimeoutError):
            await rpc.within(0.05, kept)
        await link.node.stats(imports=1, exports=1)
        assert await link.api.release() == 1, "it still waits, and goes on now"
        with pytest.raises(rpc.DisposedError, match="given up"):
            await kept


@own_loop
async def test_node_makes_the_calls_that_wait() -> None:
    """PIPE-12, DISP-17: of a chain that is given up."""
    offer = """
        slow() { return new Promise((resolve) => { env.state.go = () => resolve(this); }); }
        next() { env.log("next"); return this; }
        go() { env.state.go(); }
    """
    async with we_call_node(offer) as link:
        task = asyncio.ensure_future(link.api.slow().next().next())
        await round_trip(link.session)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await link.node.stats(imports=1, exports=1)
        await link.api.go()
        await link.node.logged("next", 2)


@own_loop
async def test_a_chain_that_node_gives_up() -> None:
    """PIPE-12, DISP-17: stops here with what was called only for its sake."""
    async with node_calls_us() as link:
        call = asyncio.create_task(
            link.node.eval("""(api, env) => {
                const slow = api.slow({n: 5});
                env.state.whole = api.square(slow.n);
                env.dispose(slow);
                return env.state.whole;
            }""")
        )
        await link.world.logged("slow waits")
        await link.node.eval("(api, env) => env.dispose(env.state.whole)")
        with pytest.raises(NodeError, match="disposed"):
            await call
        await link.world.logged("slow cancelled")


@own_loop
async def test_our_handler_gives_up_a_call_to_node() -> None:
    """DISP-17: cancellation travels on, as far as the protocol carries it."""
    async with node_calls_us() as link:
        call = asyncio.create_task(
            link.node.eval("""(api, env) => {
                env.state.call = api.call_it(() => new Promise(() => env.log("called")));
                return env.state.call;
            }""")
        )
        await link.node.logged("called")
        await link.node.eval("(api, env) => env.dispose(env.state.call)")
        with pytest.raises(NodeError, match="disposed"):
            await call
