"""CBOR in place of JSON, against npm `capnweb` with a transport of the same encoding (VAL-40)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cbor2
import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets

import capnweb_runtime as rpc
from tests.interop.cbor import CborTransport
from tests.interop.helpers import Link
from tests.interop.node import NodePeer
from tests.interop.python_api import World
from tests.interop.streaming import Streams
from tests.interop.test_values import SAME, form
from tests.loops import own_loop

ENCODINGS: tuple[rpc.Encoding, ...] = (
    "jsonCompatible",
    "jsonCompatibleWithBytes",
    "structuredClonable",
)

every_encoding = pytest.mark.parametrize("encoding", ENCODINGS)
both_roles = pytest.mark.parametrize("role", ["client", "server"])

#: CBOR's texts are UTF-8, which has no lone surrogates.
NOT_IN_CBOR = (r"'\ud800'", r"'a\udc00b\ud83d'", r"{'\ud800': '\udfff'}")

#: Where values travel as CBOR's own, these change: a small bigint is a number, the largest numbers
#: are bigints to cbor-x, and a date is seconds in a double, and what cbor2 has for that.
BLURRED = frozenset(
    (
        *("5n", "0n", "9007199254740991", "-9007199254740991"),
        *("new Date(253402300800000)", "new Date(8.64e15)", "new Date(-8.64e15)"),
        *("new Date(NaN)", "new Date('9999-12-31T23:59:59.999Z')"),
    )
)


def values_of(encoding: str) -> list[tuple[str, Any]]:
    """Values, in JavaScript and in Python, that this encoding carries unchanged."""
    return [
        (source, value)
        for source, value in SAME
        if source not in NOT_IN_CBOR
        and not (encoding == "structuredClonable" and source in BLURRED)
    ]


@asynccontextmanager
async def over_cbor(role: str, encoding: rpc.Encoding) -> AsyncIterator[Link]:
    """A session with Node in which we are the client or the server of the WebSocket."""
    world = World()
    if role == "client":
        async with NodePeer("serve", encoding) as node:
            transport = CborTransport(await open_websocket(node.url, max_size=None), encoding)
            connection = rpc.connect(transport, local=Streams(world))
            async with connection:
                await node.connected()
                link = Link(node, connection.session, world)
                yield link
                await link.at_rest()
        return
    sessions: asyncio.Queue[rpc.Session[rpc.DynamicStub]] = asyncio.Queue()

    async def handle(websocket: ServerConnection) -> None:
        session = rpc.accept(CborTransport(websocket, encoding), Streams(world))
        await sessions.put(session)
        await session.wait_closed()

    async with serve_websockets(handle, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with NodePeer("connect", f"ws://127.0.0.1:{port}", encoding) as node:
            session = await sessions.get()
            link = Link(node, session, world)
            yield link
            if session.reason is None:
                await link.at_rest()
            await session.aclose()


@every_encoding
@both_roles
@own_loop
async def test_values_there_and_back(role: str, encoding: rpc.Encoding) -> None:
    """VAL-40: in arguments and in results, from us to Node and from Node to us."""
    values = values_of(encoding)
    async with over_cbor(role, encoding) as link:
        for source, value in values:
            assert form(await link.api.echo(value)) == form(value), source
        changed = await link.node.eval(
            """async (api, env, sources) => {
            const changed = [];
            for (const source of sources) {
                const value = eval(`(${source})`);
                const shown = env.show(await api.echo(value));
                if (shown !== env.show(value)) changed.push([source, shown.slice(0, 200)]);
            }
            return changed;
        }""",
            [source for source, _ in values],
        )
        assert changed == []


@every_encoding
@both_roles
@own_loop
async def test_references_streams_and_blobs(role: str, encoding: rpc.Encoding) -> None:
    """VAL-40: whatever else there is, works as over text."""
    blob = rpc.Blob(bytes(range(256)) * 1000, "a/b")
    async with over_cbor(role, encoding) as link:
        with link.api.makeCounter(5) as counter:
            assert await counter.increment(2) == 7
            assert await link.api.incrementCounter(counter, 1) == 8
        assert await link.api.callIt(lambda a, b: a + b, 1, 2) == 3
        with pytest.raises(rpc.RemoteError, match="nothing on the shelf"):
            await link.api.take("nothing")
        assert await link.api.echo(blob) == blob
        assert await link.node.eval("""async (api) => {
            const got = [];
            for await (const n of await api.count(5)) got.push(n);
            const total = await api.total(new ReadableStream({start(controller) {
                for (const n of [1, 2, 3]) controller.enqueue(n);
                controller.close();
            }}));
            const bytes = new Uint8Array(200_000).fill(7);
            const back = await api.echo({bytes, blob: new Blob([bytes], {type: "a/b"})});
            return [got, total, back.bytes.length, back.blob.size, back.blob.type];
        }""") == [[0, 1, 2, 3, 4], 6, 200_000, 200_000, "a/b"]


@both_roles
@own_loop
async def test_native_values(role: str) -> None:
    """VAL-40: undefined and numbers that are not finite, and bigints that no number holds."""
    async with over_cbor(role, "structuredClonable") as link:
        shown = await link.node.eval("""async (api, env) => env.show([
            await api.echo([undefined, {a: undefined}]), await api.nothing(),
            await api.echo([NaN, -Infinity, 2n ** 60n, -(2n ** 80n)]),
            await api.echo(new Date(1234567890123)),
        ])""")
        assert shown == (
            "[ [ null, { a: null } ], undefined,"
            " [ NaN, -Infinity, 1152921504606846976n, -1208925819614629174706176n ],"
            " 2009-02-13T23:31:30.123Z ]"
        )
        # What CBOR cannot tell from a number is one.
        assert await link.node.eval("async (api) => typeof await api.echo(5n)") == "number"


LONGEST_FRAME = "(api, env) => Math.max(...env.session.frames.map(([, data]) => data.length))"


@own_loop
async def test_bytes_travel_as_they_are() -> None:
    """VAL-40: not as base64."""
    data = bytes(range(256)) * 40
    sizes: dict[str, int] = {}
    for encoding in ENCODINGS:
        async with over_cbor("client", encoding) as link:
            await link.api.echo(data)
            sizes[encoding] = await link.node.eval(LONGEST_FRAME)
    assert sizes["jsonCompatibleWithBytes"] < len(data) + 60
    assert sizes["structuredClonable"] < len(data) + 60
    assert sizes["jsonCompatible"] > len(data) * 4 / 3


@every_encoding
@own_loop
async def test_a_malformed_frame_ends_the_session(encoding: rpc.Encoding) -> None:
    """VAL-40, BAD-01: and Node is told why."""
    frames: list[object] = [
        b"\xff\xff",
        b"",
        "text",
        cbor2.dumps(cbor2.CBORTag(55799, ["pull", 0])) + b"\x00",
        cbor2.dumps(["push", cbor2.CBORTag(99, 1)]),
        cbor2.dumps(["push", {1: 2}]),
        cbor2.dumps(["push", cbor2.CBORSimpleValue(99)]),
        b"\x81" * 100_000 + b"\x00",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    ]
    for frame in frames:
        async with over_cbor("server", encoding) as link:
            await link.node.eval(
                """(api, env, frame) => {
                env.session.ws.send(typeof frame === "string" ? frame : Buffer.from(frame));
            }""",
                list(frame) if isinstance(frame, bytes) else frame,
            )
            await link.session.wait_closed()
            assert isinstance(link.session.reason, rpc.ProtocolError), frame
            await link.node.eval("(api, env) => env.until(() => env.session.ws.readyState === 3)")
            assert any(line.startswith("broken: TypeError") for line in await link.node.log())
