"""Sessions over transports of structured values (VAL-40, VAL-41)."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import quiet

ENCODINGS: tuple[rpc.Encoding, ...] = (
    "string",
    "jsonCompatible",
    "jsonCompatibleWithBytes",
    "structuredClonable",
)


class Api(rpc.Target):
    def echo(self, value: Any) -> Any:
        return value

    async def count(self, end: int) -> AsyncIterator[bytes]:
        for number in range(end):
            yield bytes([number]) * 10_000

    async def total(self, chunks: AsyncIterator[bytes]) -> int:
        return sum([len(chunk) async for chunk in chunks])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_session(encoding: rpc.Encoding) -> None:
    """VAL-40: values, callbacks, maps, streams and blobs at each encoding."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    async def run() -> None:
        near, far = rpc.memory_pair(encoding)
        server = rpc.accept(far, Api())
        connection = rpc.connect(near)
        async with connection as api:
            value = {"bytes": b"a", "none": None, "list": [1, [2.5]], "big": rpc.BigInt(7)}
            assert await api.echo(value) == value
            assert await (await api.echo(lambda x: x + 1))(2) == 3
            assert await api.echo([1, 2]).map(lambda x: api.echo([x, b"m"])) == [
                [1, b"m"],
                [2, b"m"],
            ]
            assert [len(chunk) async for chunk in await api.count(100)] == [10_000] * 100
            assert await api.total(chunks()) == 1_000_000
            blob = rpc.Blob(b"ab" * 5000, "a/b")
            assert await api.echo(blob) == blob
            gc.collect()
            await quiet()
            assert (connection.session.stats(), server.stats()) == ((1, 1), (1, 1))
        await server.wait_closed()

    asyncio.run(run())


class Released(rpc.Target):
    def __init__(self) -> None:
        self.gone = False

    def __exit__(self, *exc: object) -> None:
        self.gone = True


def test_an_unknown_encoding() -> None:
    """VAL-41: nothing is started, and the main object is let go of."""

    async def run() -> None:
        near, far = rpc.memory_pair("JSON")  # type: ignore[arg-type]
        main = Released()
        with pytest.raises(TypeError, match="not 'JSON'"):
            rpc.accept(far, main)
        with pytest.raises(TypeError, match="not 'JSON'"):
            await rpc.connect(near, local=Released())
        await quiet()
        assert main.gone

    asyncio.run(run())


def test_no_encoding_is_text() -> None:
    """VAL-41"""

    async def run() -> None:
        near, far = rpc.memory_pair()
        far.encoding = None  # type: ignore[assignment]
        server = rpc.accept(far, Api())
        async with rpc.connect(near) as api:
            assert await api.echo(b"a") == b"a"
        await server.wait_closed()

    asyncio.run(run())
