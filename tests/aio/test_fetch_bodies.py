"""Requests and responses between two sessions, and what becomes of their bodies."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet

U = "http://example.com/"


class Source:
    """A stream of bytes that tells what became of it."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.closed = False
        self.stream = self._stream()

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            for piece in self.pieces:
                yield piece
        finally:
            self.closed = True


class Api(rpc.Target):
    def __init__(self) -> None:
        self.source = Source(b"from ", b"the ", b"server")
        self.seen: list[Any] = []

    async def describe(self, message: Any) -> list[object]:
        self.seen.append(type(message.body).__name__)
        return [type(message).__name__, await message.text()]

    def answer(self) -> rpc.Response:
        return rpc.Response(self.source.stream, status=201, headers={"X-A": "b"})

    def echo(self, value: Any) -> Any:
        return value

    def ignore(self, _: Any) -> None:
        """Reads no body."""


def run(test: Callable[[Api], Any]) -> Api:
    api = Api()
    asyncio.run(test(api))
    gc.collect()
    return api


def test_every_kind_of_body() -> None:
    """VAL-33 to VAL-36: text and bytes arrive as such, a stream as one."""

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            for body in (None, "text", b"bytes"):
                for message in (rpc.Request(U, method="POST", body=body), rpc.Response(body)):
                    name, text = await api.describe(message)
                    assert name == type(message).__name__
                    assert text == (body.decode() if isinstance(body, bytes) else body or "")
            for make in (lambda b: rpc.Request(U, method="PUT", body=b), rpc.Response):
                _, text = await api.describe(make(Source(b"a ", b"stream").stream))
                assert text == "a stream"

    api = run(test)
    assert api.seen == 2 * ["NoneType"] + 2 * ["str"] + 2 * ["bytes"] + 2 * ["ReceivedStream"]


def test_a_body_in_a_result() -> None:
    """VAL-35"""

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            with api.answer() as promise:
                response = await promise
                assert (response.status, response.headers["x-a"]) == (201, "b")
                assert isinstance(response.body, rpc.ReceivedStream)
                assert await response.read() == b"from the server"
        assert target.source.closed

    run(test)


def test_there_and_back() -> None:
    """VAL-34, VAL-35: what was received can be sent on, bodies included."""

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            given = {
                "url": rpc.URL(U),
                "headers": rpc.Headers({"a": "b"}),
                "request": rpc.Request(U, method="POST", body="x", mode="same-origin"),
                "response": rpc.Response(b"y", status=404, status_text="no"),
            }
            assert await api.echo(given) == given
            with api.echo([rpc.Response(Source(b"1", b"2").stream)]) as promise:
                [response] = await promise
                assert await response.text() == "12"

    run(test)


def test_a_body_that_nobody_reads() -> None:
    """STR-15, STR-16: is closed at its source, when the call ends or the result is disposed of."""
    unread = Source(b"x" * 1000)

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            await api.ignore(rpc.Request(U, method="POST", body=unread.stream))
            with api.answer() as promise:
                await promise
            await quiet()
        assert target.source.closed

    run(test)
    assert unread.closed


def test_a_body_is_read_once() -> None:
    """STR-10"""

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            with api.answer() as promise:
                response = await promise
                assert await response.text() == "from the server"
                assert await response.text() == ""

    run(test)


def test_a_body_that_fails() -> None:
    """STR-13"""

    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ValueError("no more")

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            with pytest.raises(rpc.RemoteError, match="no more"):
                await api.describe(rpc.Response(broken()))

    run(test)


def test_a_body_in_a_thrown_error() -> None:
    """ERR-10, ERR-21: a request without a body arrives with the error, a stream does not."""
    source = Source(b"x")

    class Failure(Exception):  # noqa: N818
        def rpc_properties(self) -> dict[str, object]:
            return {"plain": rpc.Request(U), "streaming": rpc.Response(source.stream)}

    class Failing(rpc.Target):
        def fail(self) -> None:
            raise Failure

    async def test(_: Api) -> None:
        async with joined(Failing()) as (api, _server):
            with pytest.raises(rpc.RemoteError) as caught:
                await api.fail()
            assert caught.value.properties == {"plain": rpc.Request(U)}
        assert [piece async for piece in source.stream] == [b"x"], "it is still the application's"

    run(test)


def test_typed_arrays_there_and_back() -> None:
    """VAL-19: through two sessions nothing changes."""

    async def test(target: Api) -> None:
        async with joined(target) as (api, _):
            given = [rpc.ArrayBuffer(b"a"), rpc.DataView(b"b"), rpc.Uint8ClampedArray(b"c"), b"d"]
            arrived = await api.echo(given)
            assert arrived == given
            assert [type(each) for each in arrived] == [type(each) for each in given]

    run(test)
