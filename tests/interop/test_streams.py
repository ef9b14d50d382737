"""Streams that are read, in both directions and in both roles (STR-*)."""

import asyncio
import gc
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.interop.streaming import CHUNK, ROLES, Both, both, settled
from tests.loops import own_loop


async def numbers(end: int, log: list[str] | None = None) -> AsyncIterator[int]:
    try:
        for number in range(end):
            yield number
    finally:
        if log is not None:
            log.append("closed")


async def of(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def read(stream: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in stream]


@ROLES
@own_loop
async def test_streams_in_results(role: str) -> None:
    """STR-02, STR-09, STR-20: each reads what the other makes, and nothing is left."""
    async with both(role) as ends:
        assert await ends.eval("async (api) => read(await api.count(1000))") == [*range(1000)]
        assert ends.link.world.journal == ["source: closed"]
        assert await read(await ends.js.count(1000)) == [*range(1000)]
        assert await read(await ends.js.count(0)) == []


@ROLES
@own_loop
async def test_streams_in_arguments(role: str) -> None:
    """STR-02, STR-09, STR-20"""
    async with both(role) as ends:
        total = "api => api.total(streamOf(...Array(1000).keys()))"
        assert await ends.eval(total) == 499500
        log: list[str] = []
        assert await ends.js.total(numbers(1000, log)) == 499500
        assert log == ["closed"]


VALUES: list[Any] = [
    *(None, True, 5, -0.5, math.inf, 2**70, "text", "\ud800", b"bytes", b""),
    *(datetime(2020, 1, 2, tzinfo=UTC), [], [[]], {"a": [1, {"b": None}]}, ["export", -1]),
]


@ROLES
@own_loop
async def test_chunks_are_any_values(role: str) -> None:
    """STR-03, STR-19: there and back again."""
    async with both(role) as ends:
        result = await ends.js.back(of(*VALUES))
        assert await read(result["again"]) == VALUES
        shown, expected = await ends.eval("""async (api, env) => {
            const values = () => [undefined, null, NaN, 1n, new Date(5), "x", [[]], {a: [1]},
                                  new Uint8Array([1, 2]), new RangeError("r").message];
            const {again} = await api.back(streamOf(...values()));
            return [env.show(await read(again)), env.show(values())];
        }""")
        # undefined has no counterpart in Python: it comes back as null. Bytes are Buffers in Node.
        expected = expected.replace("undefined", "null", 1)
        assert shown == expected.replace("Uint8Array(2) [ 1, 2 ]", "<Buffer 01 02>")


@ROLES
@own_loop
async def test_several_streams_inside_structures(role: str) -> None:
    """STR-19: in one message, and read at the same time."""
    async with both(role) as ends:
        got = await ends.eval("""async (api) => {
            const all = await api.several();
            return Promise.all([all.a, all.deep[0][0], all.deep[1].b].map(read));
        }""")
        assert got == [[0, 1, 2], [0, 1, 2, 3], []]
        found = await ends.js.several()
        streams = found["a"], found["deep"][0][0], found["deep"][1]["b"]
        assert await asyncio.gather(*map(read, streams)) == [[0, 1, 2], [0, 1, 2, 3], []]
        totals = asyncio.gather(*(ends.js.total(numbers(200)) for _ in range(10)))
        assert await ends.js.ignore() == "ignored"
        assert await totals == [19900] * 10


@ROLES
@own_loop
async def test_readers_that_stop(role: str) -> None:
    """STR-12, STR-20: the source is told, and closed."""
    async with both(role) as ends:
        await ends.eval("""async (api) => {
            const reader = (await api.count(1e9)).getReader();
            await reader.read();
            await reader.cancel(new RangeError("enough"));
        }""")
        await ends.link.world.logged("source: closed")
        async with await ends.js.count(10**9) as stream:
            assert await anext(stream) == 0
        await ends.link.node.logged("source: cancelled, the reader closed the stream")
        with pytest.raises(rpc.StreamError):
            await anext(stream)


@ROLES
@own_loop
async def test_arguments_that_are_not_read_to_their_end(role: str) -> None:
    """STR-12, STR-16: half-read, and not at all."""
    async with both(role) as ends:
        for method, result in [("first", 0), ("ignore", "ignored")]:
            log: list[str] = []
            assert await ends.js[method](numbers(10**9, log)) == result
            await settled(ends.link)
            assert log == ["closed"]
        for method, result in [("first", 7), ("ignore", "ignored")]:
            got = await ends.eval(
                """async (api, env, method) => {
                const cancel = () => env.log(`cancelled ${method}`);
                const pull = (controller) => controller.enqueue(7);
                return api[method](new ReadableStream({pull, cancel}));
            }""",
                method,
            )
            assert got == result
            gc.collect()
            await ends.link.node.logged(f"cancelled {method}")


@ROLES
@own_loop
async def test_results_that_are_not_read(role: str) -> None:
    """STR-15: the source is told when the result is disposed of, awaited or not."""
    async with both(role) as ends:
        await ends.eval("""async (api, env) => {
            env.dispose(await api.several());
            const promise = api.count(1e9);
            await promise;
            env.dispose(promise);
        }""")
        await ends.link.world.logged("source: closed", 3)
        with ends.js.several() as promise:
            await promise
            del promise
        with ends.js.count(10**9) as promise:
            await promise
        await ends.link.node.logged("source: cancelled, the stream was given up without being read")


@ROLES
@own_loop
async def test_sources_that_fail(role: str) -> None:
    """STR-13: the reader fails with the error; what it had not read may be lost."""
    async with both(role) as ends:
        got = await ends.eval("""async (api) => {
            const got = [];
            try {
                for await (const n of await api.count(3, true)) got.push(n);
            } catch (error) { return [got, String(error)]; }
        }""")
        assert got[0] == [*range(len(got[0]))]
        assert got[1] == "Error: the source broke"
        assert (
            await ends.eval("""api => api.total(new ReadableStream({
                start(controller) { controller.error(new SyntaxError("no")); }
            })).catch(String)""")
            == "SyntaxError: no"
        )
        with pytest.raises(rpc.RemoteError, match="the source broke"):
            await read(await ends.js.count(3, True))
        with pytest.raises(rpc.RemoteError, match="the source broke"):
            await ends.js.total(ends.ours.count(3, True))


@ROLES
@own_loop
async def test_stubs_in_chunks(role: str) -> None:
    """STR-17: they are whose reads them, until disposed of; in both directions."""
    async with both(role) as ends:
        assert await ends.eval("""async (api, env) => {
            const reader = (await api.counters()).getReader();
            const {value: add} = await reader.read();
            const {value: both} = await reader.read();
            const got = [await add(1), await both.counter.increment(2), (await reader.read()).done];
            got.push(await both.counter.value);
            env.dispose(add, both);
            return got;
        }""") == [2, 7, True, 7]
        await ends.link.world.logged("dispose in a chunk")
        assert await ends.eval("""api =>
            api.call_each(streamOf((x) => x + 1, (x) => x * 2))
        """) == [11, 20]

        add, both_ = await read(await ends.js.counters())
        with add, both_["counter"] as counter:
            assert [await add(1), await counter.increment(2), await counter.value] == [2, 7, 7]
        await ends.link.node.logged("dispose in a chunk")
        assert await ends.js.callEach(of(lambda x: x + 1, lambda x: x * 2)) == [11, 20]


@ROLES
@own_loop
async def test_stubs_in_chunks_that_are_lost(role: str) -> None:
    """STR-12, STR-16, STR-17: are released."""
    async with both(role) as ends:
        assert (
            await ends.eval("""api =>
            api.ignore(streamOf((x) => x + 1, (x) => x * 2))
        """)
            == "ignored"
        )
        assert await ends.js.ignore(of(lambda x: x + 1, lambda x: x * 2)) == "ignored"


# --- backpressure

#: Chunks, of which a stalled reader must not let more than these through.
MANY, SOME = 1000, 100


@ROLES
@own_loop
async def test_node_stalls(role: str) -> None:
    """FLOW-01, FLOW-02, STR-11: what we write waits for it, in a result and in arguments."""
    async with both(role) as ends:
        await ends.eval("""async (api, env) => {
            env.state.reader = (await api.large(1000)).getReader();
            await env.state.reader.read();
        }""")
        await settled(ends.link)
        stalled_at = ends.ours.made
        assert 256 * 1024 // CHUNK <= stalled_at < SOME
        await settled(ends.link)
        assert ends.ours.made == stalled_at
        left = await ends.eval("""async (api, env) => {
            let count = 0;
            while (!(await env.state.reader.read()).done) count++;
            return count;
        }""")
        assert left == MANY - 1

        ends.ours.made = 0
        sizes = asyncio.ensure_future(ends.js.sizes(ends.ours.large(MANY)))
        await ends.link.node.logged("stalled")
        await settled(ends.link)
        assert 256 * 1024 // CHUNK <= ends.ours.made < SOME
        await ends.eval("(api, env) => env.state.goOn()")
        assert await sizes == MANY


@ROLES
@own_loop
async def test_we_stall(role: str) -> None:
    """FLOW-01, FLOW-02, STR-11: Node waits for us, in a result and in arguments."""
    async with both(role) as ends:
        stream = await ends.js.large(MANY)
        await anext(stream)
        await settled(ends.link)
        stalled_at = await ends.eval("(api, env) => env.state.made")
        assert 256 * 1024 // CHUNK <= stalled_at < SOME
        await settled(ends.link)
        assert await ends.eval("(api, env) => env.state.made") == stalled_at
        assert len(await read(stream)) == MANY - 1

        await ends.eval("""(api, env) => {
            let made = 0;
            env.state.made = () => made;
            const pull = (c) => made++ < 1000 ? c.enqueue("x".repeat(16384)) : c.close();
            env.state.sizes = api.sizes(new ReadableStream({pull}, {highWaterMark: 0}));
        }""")
        await ends.link.world.logged("stalled")
        await settled(ends.link)
        assert 256 * 1024 // CHUNK <= await ends.eval("(api, env) => env.state.made()") < SOME
        ends.ours.go_on.set()
        assert await ends.eval("(api, env) => env.state.sizes") == MANY


# --- the end


async def begin_streams(ends: Both, log: list[str]) -> tuple[Any, asyncio.Future[Any]]:
    """Streams in both directions: one of Node's that is being read, and one of ours."""
    stream = await ends.js.count(10**9)
    assert await anext(stream) == 0
    sizes = asyncio.ensure_future(ends.js.sizes(numbers(10**9, log)))
    await ends.link.node.logged("stalled")
    await ends.eval("""async (api, env) => {
        env.state.reader = (await api.count(1e9)).getReader();
        await env.state.reader.read();
    }""")
    return stream, sizes


@ROLES
@pytest.mark.parametrize("ending", ["ours", "close", "terminate"])
@own_loop
async def test_the_session_ends(role: str, ending: str) -> None:
    """WS-06, WS-09, STR-06, STR-13: readers fail, sources are closed, on both sides."""
    async with both(role) as ends:
        log: list[str] = []
        stream, sizes = await begin_streams(ends, log)
        if ending == "ours":
            await ends.link.session.aclose()
        else:
            await ends.link.node.run(ending)
            await ends.link.session.wait_closed()
        with pytest.raises(rpc.BrokenError):
            await sizes
        with pytest.raises((rpc.BrokenError, rpc.StreamError)):
            await read(stream)
        assert (
            await ends.eval("""async (api, env) => {
            while (true) {
                const got = await env.state.reader.read().catch((error) => error);
                if (got instanceof Error) return "failed";
                if (got.done) return "done";
            }
        }""")
            == "failed"
        )
        await ends.link.world.logged("source: closed")
        assert log == ["closed"]
