"""Objects that make, read and write streams, one on each side, and a link on which both are there.

Both know the same methods. What becomes of a stream that one of them made is in its journal:
"source: closed" (Python), "source: cancelled, ..." (Node), "sink: ..." for what was written.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from tests.interop.helpers import Link, node_calls_us, round_trip, we_call_node
from tests.interop.python_api import PythonApi, World

__all__ = [
    "CHUNK",
    "JS_HELPERS",
    "JS_STREAMS",
    "ROLES",
    "Both",
    "Recorder",
    "Streams",
    "both",
    "settled",
]

#: Characters of a chunk of `large`.
CHUNK = 16 * 1024


class Recorder(rpc.Sink):
    """A sink that notes everything."""

    def __init__(self, world: World, fail_at: int | None = None) -> None:
        self._world = world
        self._left = fail_at

    @override
    async def write(self, chunk: Any, /) -> None:
        if self._left == 0:
            raise ValueError("the sink is full")
        await asyncio.sleep(0)
        self._world.log(f"sink: {chunk}")
        if self._left is not None:
            self._left -= 1

    @override
    async def close(self) -> None:
        self._world.log("sink: closed")

    @override
    async def abort(self, reason: BaseException, /) -> None:
        self._world.log(f"sink: aborted, {reason}")


class Streams(PythonApi):
    """Python's."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.go_on = asyncio.Event()
        self.made = 0

    async def count(self, end: int, fail: bool = False) -> AsyncIterator[int]:
        try:
            for number in range(end):
                yield number
            if fail:
                raise ValueError("the source broke")
        finally:
            self._world.log("source: closed")

    async def large(self, end: int) -> AsyncIterator[str]:
        """So many chunks; `made` tells how many were asked for."""
        for _ in range(end):
            self.made += 1
            yield "x" * CHUNK

    def several(self) -> Any:
        return {"a": self.count(3), "deep": [[self.count(4)], {"b": self.count(0)}]}

    async def counters(self) -> AsyncIterator[Any]:
        yield lambda x: x + 1
        yield {"counter": self.make_counter(5, "in a chunk")}

    async def total(self, stream: AsyncIterator[int]) -> int:
        return sum([number async for number in stream])

    async def sizes(self, stream: AsyncIterator[str]) -> int:
        """Reads one, waits for `go_on`, and reads the rest; gives how many there were."""
        await anext(stream)
        self._world.log("stalled")
        await self.go_on.wait()
        return 1 + len([None async for _ in stream])

    async def first(self, stream: AsyncIterator[Any]) -> Any:
        async for chunk in stream:
            return chunk
        return None

    def ignore(self, *_: Any) -> str:
        return "ignored"

    def back(self, stream: Any) -> Any:
        return {"again": stream}

    async def call_each(self, stream: AsyncIterator[Any]) -> list[Any]:
        return [await function(10) async for function in stream]

    async def feed(self, writer: rpc.Writer[Any], end: int, fail: bool = False) -> str:
        async with writer:
            for number in range(end):
                await writer.write({"n": number})
            if fail:
                raise ValueError("the writer broke")
        return "fed"

    def sink(self, fail_at: int | None = None) -> Recorder:
        return Recorder(self._world, fail_at)


#: Streams that Node 20 makes itself are of a class of its own, which capnweb refuses to send.
JS_HELPERS = """() => {
    globalThis.sendable = (stream) => Object.setPrototypeOf(stream, ReadableStream.prototype);
    globalThis.streamOf = (...chunks) => sendable(ReadableStream.from(chunks));
    globalThis.read = async (stream) => {
        const got = [];
        for await (const chunk of stream) got.push(chunk);
        return got;
    };
}"""

JS_STREAMS = """
    count(end, fail = false) {
        let n = 0;
        return new ReadableStream({
            pull(controller) {
                if (n < end) controller.enqueue(n++);
                else if (fail) controller.error(new RangeError("the source broke"));
                else controller.close();
            },
            cancel(reason) { env.log(`source: cancelled, ${reason?.message}`); },
        }, {highWaterMark: 0});
    }
    large(end) {
        env.state.made = 0;
        return new ReadableStream({
            pull(controller) {
                if (env.state.made++ < end) controller.enqueue("x".repeat(16384));
                else controller.close();
            },
        }, {highWaterMark: 0});
    }
    several() { return {a: this.count(3), deep: [[this.count(4)], {b: this.count(0)}]}; }
    counters() {
        return streamOf((x) => x + 1, {counter: new env.Counter(env.world, 5, "in a chunk")});
    }
    async total(stream) {
        let total = 0;
        for await (const n of stream) total += n;
        return total;
    }
    async sizes(stream) {
        const reader = stream.getReader();
        const goOn = env.deferred();
        env.state.goOn = goOn.resolve;
        await reader.read();
        env.log("stalled");
        await goOn.promise;
        let count = 1;
        while (!(await reader.read()).done) count++;
        return count;
    }
    async first(stream) {
        for await (const chunk of stream) return chunk;
    }
    ignore() { return "ignored"; }
    back(stream) {  // locked, or it would be cancelled when the call ends (STR-16)
        const reader = stream.getReader();
        return {again: new ReadableStream({
            async pull(controller) {
                const {done, value} = await reader.read();
                if (done) controller.close(); else controller.enqueue(value);
            },
            cancel: (reason) => reader.cancel(reason),
        }, {highWaterMark: 0})};
    }
    async callEach(stream) {
        const got = [];
        for await (const each of stream) {
            got.push(await each(10));
            env.dispose(each);
        }
        return got;
    }
    async feed(writable, end, fail = false) {
        const writer = writable.getWriter();
        for (let n = 0; n < end; n++) await writer.write({n});
        if (fail) {
            const error = new RangeError("the writer broke");
            await writer.abort(error);
            throw error;
        }
        await writer.close();
        return "fed";
    }
    sink(failAt = -1) {
        return new WritableStream({
            write(chunk) {
                if (failAt-- === 0) throw new RangeError("the sink is full");
                env.log(`sink: ${JSON.stringify(chunk)}`);
            },
            close() { env.log("sink: closed"); },
            abort(reason) { env.log(`sink: aborted, ${reason?.message}`); },
        });
    }
"""


@dataclass
class Both:
    """Both ends, each of which can call the other.

    Attributes:
        js: Node's object.
        ours: what Node's `api` is a stub of.
    """

    link: Link
    js: Any
    ours: Streams

    async def eval(self, source: str, *args: object) -> Any:
        """As `NodePeer.eval`."""
        return await self.link.node.eval(source, *args)


#: Who opened the connection: everything has to be the same either way.
ROLES = pytest.mark.parametrize("role", ["node calls us", "we call node"])


@contextlib.asynccontextmanager
async def both(role: str) -> AsyncIterator[Both]:
    """A link, at the end of which nothing may be left."""
    made: list[Streams] = []

    def make(world: World) -> Streams:
        made.append(Streams(world))
        return made[-1]

    joined = node_calls_us(make) if role == "node calls us" else we_call_node(local=make)
    async with joined as link:
        await link.node.eval(JS_HELPERS)
        await link.node.eval(
            f"(api, env) => api.put('js', new (class extends env.RpcTarget {{ {JS_STREAMS} }})())"
        )
        js = link.world.shelf.pop("js")
        yield Both(link, js, made[-1])
        js.dispose()


async def settled(link: Link) -> None:
    """Wait until all that moves by itself has come to rest, or is kept from moving."""
    for _ in range(20):
        await round_trip(link.session)
        await link.node.eval("async (api) => { await api['a round trip']; }")
