"""HTTP batches: what would need an answer and cannot get one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.batches import URL, Api, Sunk, call, lines, run, wired
from tests.aio.pairs import quiet


def test_awaiting_the_client_fails_at_once() -> None:
    """HTTP-12"""

    async def test() -> None:
        called: list[Any] = []

        def callback(value: Any) -> Any:
            called.append(value)
            return value

        async with wired(Api) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                with pytest.raises(rpc.RemoteError, match="answers no calls"):
                    await api.call(callback)
            async with rpc.http_batch(URL, client=wire.client) as api:
                assert await api.fire(callback) == "done"
            async with rpc.http_batch(URL, client=wire.client) as api:
                assert await api.pass_on(callback) == 3
            assert called == [2, "fired", 3]

    run(test)


def test_a_client_that_was_awaited_before_the_end_of_its_batch() -> None:
    """HTTP-12: while the rest of the messages come in, an answer could still be among them."""

    async def test() -> None:
        messages = [call("call", ["export", -1]), ["pull", 1], *[call("square", 1)] * 300]
        answer = await rpc.batch_response(lines(*messages), Api())
        *_, last = map(json.loads, answer.decode().split("\n"))
        assert last[:2] == ["reject", 1]
        assert "answers no calls" in last[2][2]
        # A promise of the client's own may be settled by the same batch, or never.
        pulled = lines(call("echo", ["promise", -1]), ["pull", 1], ["resolve", -1, 5])
        assert b'["resolve",1,5]' in await rpc.batch_response(pulled, Api())
        never = lines(call("echo", ["promise", -1]), ["pull", 1])
        assert b"answers no calls" in await rpc.batch_response(never, Api())

    run(test)


def test_promises_in_arguments() -> None:
    """They are in the batch if they are settled when it is sent; else the call fails."""

    async def test() -> None:
        async with wired(Api) as wire, rpc.http_batch(URL, client=wire.client) as api:
            loop = asyncio.get_running_loop()
            settled, never = loop.create_future(), loop.create_future()
            settled.set_result(3)
            first = api.square(rpc.promise_of(settled))
            second = api.square(rpc.promise_of(never))
            await quiet()
            results = await asyncio.gather(first, second, return_exceptions=True)
            assert results[0] == 9
            with pytest.raises(rpc.RemoteError, match="not settled when its HTTP batch was sent"):
                raise results[1]
            never.set_result(4)

    run(test)


async def numbers() -> AsyncIterator[int]:
    yield 1


def test_streams_are_refused_on_both_sides() -> None:
    """HTTP-13"""

    async def test() -> None:
        async with wired(Api) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                for make in (numbers, Sunk):
                    with pytest.raises(rpc.CallError, match="carries no streams"):
                        _ = api.read(make())
                results = await asyncio.gather(
                    api.stream(), api.sink(), api.echo([1]), return_exceptions=True
                )
            for result in results[:2]:
                with pytest.raises(rpc.RemoteError, match="carries no streams"):
                    raise result
            assert results[2] == [1]

    run(test)


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1_000_000])
def test_blobs_are_complete_on_both_sides(size: int) -> None:
    """HTTP-13"""

    async def test() -> None:
        async with wired(Api) as wire, rpc.http_batch(URL, client=wire.client) as api:
            blob = rpc.Blob(bytes(size), "image/png")
            results = await asyncio.gather(api.size(blob), api.blob(size), api.echo(blob))
            assert list(results) == [size, blob, blob]

    run(test)


def test_a_stream_of_another_client_that_is_cut_off() -> None:
    """HTTP-13"""

    async def test() -> None:
        write = ["stream", ["pipeline", 1, ["write"], [1]]]
        close = ["stream", ["pipeline", 1, ["close"], []]]
        start = [["pipe"], call("read", ["readable", 1]), ["pull", 2], write]
        answer = await rpc.batch_response(lines(*start, close), Api())
        assert b'["resolve",2,[[1]]]' in answer
        answer = await rpc.batch_response(lines(*start), Api())
        assert b'["reject",2' in answer
        assert b"has ended within a stream" in answer

    run(test)
