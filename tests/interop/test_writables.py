"""Streams that are written to, in both directions and in both roles (STR-*)."""

import pytest

import capnweb_runtime as rpc
from tests.interop.streaming import ROLES, Recorder, both, settled
from tests.loops import own_loop

#: What a `Recorder` and its counterpart in Node note of `feed(…, 3)`.
PYTHON_GOT = ["sink: {'n': 0}", "sink: {'n': 1}", "sink: {'n': 2}"]
NODE_GOT = ['sink: {"n":0}', 'sink: {"n":1}', 'sink: {"n":2}']

#: JavaScript that makes a stream which notes everything, as `sink` of JS_STREAMS.
SINK = """const sink = (failAt = -1) => new WritableStream({
    write(chunk) {
        if (failAt-- === 0) throw new RangeError("the sink is full");
        env.log(`sink: ${JSON.stringify(chunk)}`);
    },
    close() { env.log("sink: closed"); },
    abort(reason) { env.log(`sink: aborted, ${reason?.message}`); },
});"""


@ROLES
@own_loop
async def test_sinks_in_arguments(role: str) -> None:
    """STR-01, STR-02, STR-07, STR-20: the other end writes to them, and closes them."""
    async with both(role) as ends:
        world = ends.link.world
        assert await ends.js.feed(Recorder(world), 3) == "fed"
        assert world.journal == [*PYTHON_GOT, "sink: closed"]
        assert await ends.eval(f"(api, env) => {{ {SINK} return api.feed(sink(), 3); }}") == "fed"
        assert await ends.link.node.log() == [*NODE_GOT, "sink: closed"]


@ROLES
@own_loop
async def test_sinks_in_results(role: str) -> None:
    """STR-01, STR-02, STR-03, STR-07"""
    async with both(role) as ends:
        async with await ends.js.sink() as writer:
            for number in range(3):
                await writer.write({"n": number})
        assert await ends.link.node.log() == [*NODE_GOT, "sink: closed"]
        with pytest.raises(rpc.StreamError):
            await writer.write("late")
        await ends.eval("""async (api) => {
            const writer = (await api.sink()).getWriter();
            for (let n = 0; n < 3; n++) await writer.write({n});
            await writer.close();
        }""")
        assert ends.link.world.journal == [*PYTHON_GOT, "sink: closed"]


@ROLES
@own_loop
async def test_writers_that_fail(role: str) -> None:
    """STR-05: the sink is aborted with the reason."""
    async with both(role) as ends:
        with pytest.raises(rpc.RemoteError, match="the writer broke"):
            await ends.js.feed(Recorder(ends.link.world), 1, True)
        await ends.link.world.logged("sink: aborted, the writer broke")
        got = await ends.eval(
            f"(api, env) => {{ {SINK} return api.feed(sink(), 1, true).catch(String); }}"
        )
        assert got == "Error: the writer broke"
        await ends.link.node.logged("sink: aborted, the writer broke")


@ROLES
@own_loop
async def test_aborts_without_a_reason(role: str) -> None:
    """STR-05"""
    async with both(role) as ends:
        await ends.eval("async (api) => { await (await api.sink()).abort(); }")
        await ends.link.world.logged("sink: aborted, the stream was aborted")
        await ends.eval("async (api) => { await (await api.sink()).abort('text'); }")
        await ends.link.world.logged("sink: aborted, text")
        writer = await ends.js.sink()
        await writer.abort(ValueError("of ours"))
        await ends.link.node.logged("sink: aborted, of ours")


@ROLES
@own_loop
async def test_writers_that_give_up(role: str) -> None:
    """STR-06: what is released without a close is aborted."""
    async with both(role) as ends:
        await ends.eval(f"(api, env) => {{ {SINK} return api.ignore(sink()); }}")
        await ends.link.node.logged(
            "sink: aborted, WritableStream RPC stub was disposed without calling close()"
        )
        with ends.js.sink() as promise:
            await promise
            del promise
        await ends.link.node.logged(
            "sink: aborted, WritableStream RPC stub was disposed without calling close()", 2
        )
        await ends.js.ignore(Recorder(ends.link.world))
        await ends.eval("async (api, env) => env.dispose(await api.several(), api.nothing())")
        await ends.link.world.logged("sink: aborted, the stream was given up without being closed")


@ROLES
@own_loop
async def test_sinks_that_fail(role: str) -> None:
    """STR-04, STR-20: the writer is told, at the latest when it closes."""
    async with both(role) as ends:
        with pytest.raises(rpc.RemoteError, match="the sink is full"):  # noqa: PT012 (a loop)
            async with await ends.js.sink(2) as writer:
                for number in range(100):
                    await writer.write(number)
        assert await ends.link.node.log() == ["sink: 0", "sink: 1"]
        assert (
            await ends.eval("""async (api) => {
                const writer = (await api.sink(2)).getWriter();
                writer.closed.catch(() => {});
                for (let n = 0; n < 100; n++) writer.write(n).catch(() => {});
                return writer.close().catch(String);
            }""")
            == "Error: the sink is full"
        )
        assert ends.link.world.journal[:2] == ["sink: 0", "sink: 1"]
        await settled(ends.link)


@ROLES
@own_loop
async def test_a_writable_has_no_methods_to_be_pipelined(role: str) -> None:
    """STR-08, STR-18"""
    async with both(role) as ends:
        with pytest.raises(rpc.RpcError):
            await ends.js.sink().write("x")
        got = await ends.eval("""async (api, env) => {
            const sink = api.sink();
            const got = await sink.write("x").then(() => "written", () => "refused");
            env.dispose(sink);
            return got;
        }""")
        assert got == "refused"
        await settled(ends.link)
        assert "sink: x" not in ends.link.world.journal


@ROLES
@pytest.mark.parametrize("ending", ["ours", "close", "terminate"])
@own_loop
async def test_the_session_ends(role: str, ending: str) -> None:
    """WS-06, WS-09, STR-06: sinks are aborted and writers fail, on both sides."""
    async with both(role) as ends:
        writer = await ends.js.sink()
        await writer.write("x")
        await ends.eval("""async (api, env) => {
            env.state.writer = (await api.sink()).getWriter();
            env.state.writer.closed.catch(() => {});
            await env.state.writer.write("x");
        }""")
        await ends.link.world.logged("sink: x")
        await ends.link.node.logged('sink: "x"')
        if ending == "ours":
            await ends.link.session.aclose()
        else:
            await ends.link.node.run(ending)
            await ends.link.session.wait_closed()
        with pytest.raises(rpc.BrokenError):
            await writer.close()
        assert (
            await ends.eval("""(api, env) =>
                env.state.writer.close().then(() => "closed", () => "failed")
            """)
            == "failed"
        )
        await ends.link.world.logged(f"sink: aborted, {ends.link.session.reason}")
        await ends.link.node.logged(
            "sink: aborted, WritableStream RPC stub was disposed without calling close()"
        )
