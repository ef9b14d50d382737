"""Streams that a server on Python passes on between two Node processes (STR-19)."""

from tests.interop.streaming import JS_HELPERS, JS_STREAMS
from tests.interop.test_three_parties import two_nodes
from tests.loops import own_loop


@own_loop
async def test_streams_between_two_nodes() -> None:
    """STR-01, STR-09, STR-12, STR-19, STR-20: in results and arguments, both kinds."""
    async with two_nodes() as nodes:
        for node in (nodes.left, nodes.right):
            await node.eval(JS_HELPERS)
        await nodes.left.eval(f"""(api, env) =>
            api.put("js", new (class extends env.RpcTarget {{ {JS_STREAMS} }})())""")
        assert await nodes.right.eval("""async (api, env) => {
            const js = await api.take("js");
            const written = [];
            const got = [
                await read(await js.count(100)),
                await js.total(streamOf(...Array(100).keys())),
                await js.feed(new WritableStream({write({n}) { written.push(n); }}), 3),
                written,
            ];
            const reader = (await js.count(1e9)).getReader();
            await reader.read();
            await reader.cancel(new RangeError("enough"));
            env.dispose(js);
            await api.discard("js");
            return got;
        }""") == [[*range(100)], 4950, "fed", [0, 1, 2]]
        # The source is told, though not with the reader's own words.
        await nodes.left.logged("source: cancelled, the reader forgot the stream")
