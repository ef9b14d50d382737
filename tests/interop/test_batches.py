"""HTTP batches: our client and the server of npm `capnweb`, and the other way round."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

import capnweb_runtime as rpc
from capnweb_runtime.aio.batch_http import BatchHandler
from capnweb_runtime.aio.batch_server import BATCH_TIMEOUT
from capnweb_runtime.aio.hosting import Hosting
from capnweb_runtime.aio.options import Options
from capnweb_runtime.transports.http_server import HttpLimits
from tests.aio.http_site import HttpSite, http_site
from tests.interop.node import NodePeer
from tests.interop.python_api import PythonApi, World
from tests.loops import own_loop

FORMS = ["", "/fetch"]


# ---------------------------------------------------------------------- our client, Node's server


@own_loop
async def test_calls_of_ours() -> None:
    """HTTP-01, HTTP-02, HTTP-04, HTTP-14"""
    async with NodePeer.serve() as node:
        for form in FORMS:
            async with rpc.http_batch(node.http_url + form) as api:
                counter = api.makeCounter(10)
                results = await asyncio.gather(
                    api.square(7),
                    api.greet("Ada"),
                    counter.increment(5),
                    counter.value,
                    api.getUser(1).address.city,
                    api.square(counter.increment(1)),
                    api.getUser(3).friends.map(api.square),
                    api.fail("RangeError", "too far"),
                    return_exceptions=True,
                )
                assert results[:-1] == [49, "Hello, Ada!", 15, 16, "Oslo", 256, [16, 25]]
                assert isinstance(results[-1], ValueError)
                with pytest.raises(rpc.BatchEndedError, match="make all calls before"):
                    await counter.increment(1)


@own_loop
async def test_calls_of_ours_that_nobody_awaits() -> None:
    """HTTP-03"""
    async with NodePeer.serve() as node:
        async with rpc.http_batch(node.http_url) as api:
            _ = api.slow("never")
            assert await api.square(2) == 4
        async with rpc.http_batch(node.http_url) as api:
            _ = api.slow("never")
        await node.logged("slow waits", 2)


@own_loop
async def test_what_node_answers_to_what_is_no_batch() -> None:
    """HTTP-05, HTTP-06, HTTP-07, HTTP-08, HTTP-09: what the differences are measured by."""
    push = b'["push",["pipeline",0,["square"],[3]]]'
    async with NodePeer.serve() as node, httpx2.AsyncClient() as client:
        for form, content_type in ((FORMS[0], None), (FORMS[1], "text/plain;charset=UTF-8")):
            url = node.http_url + form
            refused = await client.get(url)
            assert refused.status_code == 405
            refusal = "This endpoint only accepts POST requests."
            assert refused.text == (refusal if form else "")
            empty = await client.post(url)
            assert (empty.status_code, empty.text) == (200, "")
            answer = await client.post(url, content=push + b'\r\n["pull",1]\r')
            assert (answer.status_code, answer.text) == (200, '["resolve",1,9]')
            assert answer.headers.get("content-type") == content_type
            for malformed in (push + b"\n", b"not JSON", b'["pull",1]'):
                assert (await client.post(url, content=malformed)).status_code == 500
        log = await node.log()
        assert len([line for line in log if line.startswith("batch failed")]) == 6
        async with rpc.http_batch(node.http_url) as api:
            hook: Any = api._hook
            hook.entry.owner._put("no message")  # only a fault makes one
            with pytest.raises(rpc.HttpStatusError, match="500 Internal Server Error"):
                await api.square(1)


@own_loop
async def test_objects_of_ours_in_a_batch() -> None:
    """HTTP-12: what Node calls runs here, and is not answered."""
    called: list[str] = []

    def note(text: str) -> None:
        called.append(text)

    async with NodePeer.serve() as node:
        async with rpc.http_batch(node.http_url) as api:
            assert await api.keep(note) == 1
        await node.eval(
            """(api, env) => env.offer(() => new (class extends env.RpcTarget {
                fire(f) { f("fired"); return "done"; }
                passOn(f) { return f; }
            })())"""
        )
        async with rpc.http_batch(node.http_url) as api:
            assert await api.fire(note) == "done"
        async with rpc.http_batch(node.http_url) as api:
            never = asyncio.get_running_loop().create_future()
            with pytest.raises(rpc.RemoteError, match="not settled when its HTTP batch was sent"):
                await api.passOn(rpc.promise_of(never))
    assert called == ["fired"]


@own_loop
async def test_blobs_of_ours() -> None:
    """HTTP-13: they are complete, both ways; what Node sends of its own is as much as it is."""
    async with NodePeer.serve() as node:
        await node.eval(
            """(api, env) => env.offer(() => new (class extends env.RpcTarget {
                async size(blob) { return [blob.size, blob.type]; }
                make(size) { return new Blob([new Uint8Array(size)], {type: "image/png"}); }
                stream() { return new ReadableStream({pull(c) { c.enqueue(1); }}); }
            })())"""
        )
        for size in (0, 1, 200_000):
            async with rpc.http_batch(node.http_url) as api:
                blob = rpc.Blob(bytes(size), "image/png")
                assert await api.size(blob) == [size, "image/png"]
        async with rpc.http_batch(node.http_url) as api:
            with pytest.raises(rpc.StreamError):  # it was cut off: an error, no part of it
                await api.make(1_000_000)
        async with rpc.http_batch(node.http_url) as api, await api.stream() as stream:
            with pytest.raises(rpc.StreamError):
                _ = [chunk async for chunk in stream]


# ---------------------------------------------------------------------- Node's client, our server


class Api(PythonApi):
    def make_blob(self, size: int) -> rpc.Blob:
        return rpc.Blob(bytes(size), "image/png")


@asynccontextmanager
async def served(
    world: World, patience: float = BATCH_TIMEOUT, **options: Any
) -> AsyncIterator[tuple[NodePeer, HttpSite]]:
    """Our server of batches, and a Node process."""
    host: rpc.HostOptions = {"origins": "*", "batch_timeout": patience}
    handler = BatchHandler(Hosting(lambda: Api(world), rpc.DynamicStub, host, Options(**options)))
    async with (
        http_site(handler, HttpLimits(body_size=10_000_000)) as site,
        NodePeer.serve() as node,
    ):
        yield node, site
        await handler.aclose()


@own_loop
async def test_calls_of_node() -> None:
    """HTTP-01, HTTP-02, HTTP-04, HTTP-11, HTTP-14"""
    world = World()
    async with served(world) as (node, site):
        results = await node.eval(
            """async (_, env, url) => {
                const api = env.newHttpBatchRpcSession(url);
                const counter = api.make_counter(10);
                const results = await Promise.all([
                    api.square(7),
                    api.greet("Ada"),
                    counter.increment(5),
                    counter.value,
                    api.get_user(1).address.city,
                    api.square(counter.increment(1)),
                    api.get_user(3).friends.map((friend) => api.square(friend)),
                    api.fail("ValueError", "too far").catch((error) => error.message),
                ]);
                const late = await counter.increment(1).catch((error) => error.message);
                return [...results, late];
            }""",
            site.url,
        )
        assert results == [
            *(49, "Hello, Ada!", 15, 16, "Oslo", 256, [16, 25], "too far"),
            "Batch RPC request ended.",
        ]
        assert len(site.requests) == 1
        assert site.requests[0].head.headers["content-type"] == "text/plain;charset=UTF-8"
        assert all(json.loads(line) for line in site.requests[0].body.decode().split("\n"))


@own_loop
async def test_calls_of_node_that_nobody_awaits() -> None:
    """HTTP-03"""
    world = World()
    async with served(world, patience=0.2) as (node, site):
        assert (
            await node.eval(
                """async (_, env, url) => {
                    const api = env.newHttpBatchRpcSession(url);
                    api.log_later("on"); api.slow(1);
                    return await api.square(2);
                }""",
                site.url,
            )
            == 4
        )
        await world.logged("on")
        await world.logged("slow cancelled")  # at the end of its time
        await world.logged("dispose api")


@own_loop
async def test_node_is_told_what_cannot_be_in_a_batch() -> None:
    """HTTP-10, HTTP-12, HTTP-13"""
    async with served(World()) as (node, site):
        awaited, passed, refused, cut = await node.eval(
            """async (_, env, url) => {
                const long = url + "x".repeat(20_000);
                const one = (call) => Promise.resolve(call(env.newHttpBatchRpcSession(url)))
                    .then(String, String);
                return [
                    await one((api) => api.call_it((n) => n, 3)),
                    await one((api) => api.square(api.echo(2))),
                    await one(() => env.newHttpBatchRpcSession(long).square(1)),
                    await one((api) => api.echo(new ReadableStream({pull(c) { c.enqueue(1); }}))),
                ];
            }""",
            site.url,
        )
        assert "answers no calls" in awaited
        assert passed == "4"
        assert refused.startswith("Error: RPC request failed: 431")
        assert "carries no streams" in cut


@own_loop
async def test_blobs_for_node() -> None:
    """HTTP-13"""
    async with served(World()) as (node, site):
        sizes = [0, 1, 1_000_000]
        echoed = await node.eval(
            """async (_, env, url, sizes) => {
                const found = [];
                for (const size of sizes) {
                    const api = env.newHttpBatchRpcSession(url);
                    const blob = await api.make_blob(size);
                    found.push([blob.size, blob.type, (await blob.bytes()).length]);
                }
                return found;
            }""",
            site.url,
            sizes,
        )
        assert echoed == [[size, "image/png", size] for size in sizes]
