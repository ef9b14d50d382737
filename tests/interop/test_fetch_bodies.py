"""Requests and responses with bodies, of Node's read here, and of ours read in Node."""

from collections.abc import AsyncIterator
from typing import Any

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us, we_call_node
from tests.loops import own_loop


@own_loop
async def test_bodies_from_node() -> None:
    """VAL-34 to VAL-36: text and bytes of JavaScript arrive as streams, with their type."""
    seen: list[Any] = []

    class Reader(rpc.Target):
        async def read(self, message: Any) -> str:
            seen.append(message)
            assert isinstance(message.body, rpc.ReceivedStream)
            got: str = await message.text()
            return got

        def ignore(self, message: Any) -> bool:
            return message.body is not None

    async with node_calls_us(lambda _: Reader()) as link:
        assert await link.node.eval("""async (api) => {
            const bytes = (text) => new TextEncoder().encode(text);
            const stream = () => new ReadableStream({ start(controller) {
                for (const piece of ["a", "bc"]) controller.enqueue(bytes(piece));
                controller.close();
            }});
            const url = "http://example.com/a?b#c";
            const text = {method: "POST", body: "gr\u00fc\u00df", keepalive: true};
            const init = {status: 404, statusText: "nope", headers: {b: "1", A: "2"}};
            return [
                await api.read(new Request(url, text)),
                await api.read(new Request(url, {method: "PUT", body: stream(), duplex: "half"})),
                await api.read(new Response("hi", init)),
                await api.read(new Response(stream())),
                await api.read(Response.json({a: 1})),
                await api.ignore(new Response("unread")),
            ];
        }""") == ["gr\u00fc\u00df", "abc", "hi", "abc", '{"a":1}', True]
    first, second, third, _, fifth = seen
    assert first.url == "http://example.com/a?b#c"
    assert (first.method, first.keepalive) == ("POST", True)
    assert first.headers == rpc.Headers({"content-type": "text/plain;charset=UTF-8"})
    assert (second.method, second.headers) == ("PUT", rpc.Headers())
    assert (third.status, third.status_text) == (404, "nope")
    assert list(third.headers) == ["a", "b", "content-type"]
    assert fifth.headers["content-type"] == "application/json"


async def pieces() -> AsyncIterator[bytes]:
    yield b"a"
    yield b"bc"


@own_loop
async def test_bodies_to_node() -> None:
    """VAL-33 to VAL-36: JavaScript makes its own objects of ours, and reads what is in them."""
    async with we_call_node("""
        async read(message) {
            const {url, status} = message;
            const type = message.headers.get("content-type");
            return [message.constructor.name, url || status, await message.text(), type ?? ""];
        }
        answer() { return new Response("from Node", {status: 201}); }
    """) as link:
        url = "http://example.com/"
        kind = "text/plain;charset=UTF-8"
        for message, wanted in (
            (rpc.Request(url, method="POST", body="t"), ["Request", url, "t", kind]),
            (rpc.Request(url, method="POST", body=b"b", keepalive=True), ["Request", url, "b", ""]),
            (
                rpc.Request(url, method="POST", body=pieces(), keepalive=True),
                ["Request", url, "abc", ""],
            ),
            (rpc.Response("t", status=404), ["Response", 404, "t", kind]),
            (
                rpc.Response(pieces(), headers={"content-type": "a/b"}),
                ["Response", 200, "abc", "a/b"],
            ),
        ):
            assert await link.api.read(message) == wanted
        with link.api.answer() as promise:
            response = await promise
            assert (response.status, await response.read()) == (201, b"from Node")
