"""Streams and blobs as users write and read them (STR-*, BLOB-*)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet


class Recording(rpc.Sink):
    """A sink that keeps what it is given, and can be told to fail or to be slow."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.got: list[object] = []
        self._fail_at = fail_at

    @override
    async def write(self, chunk: object, /) -> None:
        if len(self.got) == self._fail_at:
            raise ValueError("no more")
        await asyncio.sleep(0)
        self.got.append(chunk)

    @override
    async def close(self) -> None:
        self.got.append("closed")

    @override
    async def abort(self, reason: BaseException, /) -> None:
        self.got.append(f"aborted: {reason}")


class Api(rpc.Target):
    def __init__(self) -> None:
        self.log: list[str] = []

    async def count(self, end: int, fail: bool = False) -> AsyncIterator[int]:
        try:
            for number in range(end):
                yield number
            if fail:
                raise ValueError("the source broke")
        finally:
            self.log.append("source closed")

    async def total(self, numbers: AsyncIterator[int]) -> int:
        return sum([number async for number in numbers])

    async def first(self, numbers: AsyncIterator[int]) -> int:
        async for number in numbers:
            return number
        return -1

    def ignore(self, _: AsyncIterator[int]) -> str:
        return "ignored"

    def back(self, numbers: AsyncIterator[int]) -> object:
        return {"again": numbers}

    async def feed(self, writer: rpc.Writer[object], count: int, fail: bool = False) -> None:
        async with writer:
            for number in range(count):
                await writer.write({"n": number})
            if fail:
                raise ValueError("the writer broke")

    def forget(self, writer: rpc.Writer[object]) -> None:
        pass

    def sink(self) -> Recording:
        self.recording = Recording()
        return self.recording

    def echo(self, value: object) -> object:
        return value

    def size(self, blob: rpc.Blob) -> list[object]:
        return [len(blob.data), blob.media_type]


def run(test: Callable[[Api, Any], Awaitable[None]]) -> None:
    async def main() -> None:
        target = Api()
        async with joined(target) as (api, _):
            await test(target, api)
            del api

    asyncio.run(main())


async def numbers(end: int, log: list[str]) -> AsyncIterator[int]:
    try:
        for number in range(end):
            yield number
    finally:
        log.append("source closed")


def test_stream_in_a_result() -> None:
    async def test(target: Api, api: Any) -> None:
        stream = await api.count(5)
        assert [number async for number in stream] == [0, 1, 2, 3, 4]
        await quiet()
        assert target.log == ["source closed"]

    run(test)


def test_stream_in_the_arguments() -> None:
    async def test(_: Api, api: Any) -> None:
        log: list[str] = []
        assert await api.total(numbers(1000, log)) == 499500
        await quiet()
        assert log == ["source closed"]

    run(test)


@pytest.mark.parametrize(("method", "result"), [("first", 0), ("ignore", "ignored")])
def test_stream_that_is_not_read_to_its_end_closes_its_source(method: str, result: object) -> None:
    async def test(_: Api, api: Any) -> None:
        log: list[str] = []
        assert await api[method](numbers(10**9, log)) == result
        await quiet()
        assert log == ["source closed"]

    run(test)


def test_reader_that_closes_a_stream_closes_its_source() -> None:
    async def test(target: Api, api: Any) -> None:
        async with await api.count(10**9) as stream:
            assert await anext(stream) == 0
        await quiet()
        assert target.log == ["source closed"]
        with pytest.raises(rpc.StreamError):
            await anext(stream)

    run(test)


def test_result_that_is_disposed_of_unread_closes_its_source() -> None:
    async def test(target: Api, api: Any) -> None:
        with api.count(10**9) as promise:
            await promise
        await quiet()
        assert target.log == ["source closed"]

    run(test)


def test_fault_of_the_source_reaches_the_reader() -> None:
    async def test(_: Api, api: Any) -> None:
        stream = await api.count(3, True)
        got: list[int] = []
        with pytest.raises(ValueError, match="the source broke"):  # noqa: PT012 (the loop is it)
            async for number in stream:
                got.append(number)  # noqa: PERF401 (what came before the fault is looked at)
        # What was on its way when it broke may be lost, but nothing comes out of order.
        assert got == list(range(len(got)))

    run(test)


def test_stream_forwarded_to_where_it_came_from() -> None:
    async def test(_: Api, api: Any) -> None:
        result = await api.back(numbers(100, []))
        assert [number async for number in result["again"]] == list(range(100))

    run(test)


def test_many_streams_at_once_do_not_starve_small_calls() -> None:
    async def test(_: Api, api: Any) -> None:
        totals = asyncio.gather(*(api.total(numbers(300, [])) for _ in range(8)))
        assert await api.echo("small") == "small"
        assert not totals.done()
        assert await totals == [44850] * 8

    run(test)


def test_stream_can_be_sent_once() -> None:
    async def test(_: Api, api: Any) -> None:
        stream = await api.count(3)
        assert await api.total(stream) == 3
        source = numbers(2, [])
        assert await api.total(source) == 1
        assert await api.total(source) == 0, "as for any generator that is exhausted"

    run(test)


def test_stream_that_is_being_sent_is_not_sent_again() -> None:
    async def test(_: Api, api: Any) -> None:
        for stream, total in [(numbers(10, []), 45), (await api.count(3), 3)]:
            first = api.total(stream)
            with pytest.raises(rpc.CallError, match="a stream can be sent once"):
                api.total(stream)
            assert await first == total

    run(test)


def test_stream_of_a_local_call_can_be_passed_on() -> None:
    async def test(_: Api, api: Any) -> None:
        def total(stream: object) -> object:
            return api.total(stream)

        local = rpc.stub_of(total)
        assert await local(numbers(10, [])) == 45
        assert await local(await api.count(3)) == 3

    run(test)


def test_writable() -> None:
    async def test(_: Api, api: Any) -> None:
        sink = Recording()
        await api.feed(sink, 3)
        assert sink.got == [{"n": 0}, {"n": 1}, {"n": 2}, "closed"]

    run(test)


def test_writer_that_fails_aborts() -> None:
    async def test(_: Api, api: Any) -> None:
        sink = Recording()
        with pytest.raises(ValueError, match="the writer broke"):
            await api.feed(sink, 1, True)
        await quiet()
        assert sink.got == [{"n": 0}, "aborted: the writer broke"]

    run(test)


def test_writer_that_is_forgotten_aborts() -> None:
    async def test(_: Api, api: Any) -> None:
        sink = Recording()
        await api.forget(sink)
        await quiet()
        assert sink.got == ["aborted: the stream was given up without being closed"]

    run(test)


def test_sink_that_fails_fails_the_writer() -> None:
    async def test(_: Api, api: Any) -> None:
        with pytest.raises(ValueError, match="no more"):
            await api.feed(Recording(fail_at=1), 5)

    run(test)


def test_writable_of_the_peer() -> None:
    async def test(target: Api, api: Any) -> None:
        async with await api.sink() as writer:
            await writer.write(b"bytes")
            await writer.write(["any", {"value": 1}])
        assert target.recording.got == [b"bytes", ["any", {"value": 1}], "closed"]
        with pytest.raises(rpc.RpcError):
            await writer.write("late")

    run(test)


def test_stubs_in_chunks_live_as_long_as_they_are_held() -> None:
    async def test(_: Api, api: Any) -> None:
        async def functions() -> AsyncIterator[object]:
            for number in (1, 2):
                yield lambda n=number: n * 10

        result = await api.back(functions())
        called = [await function() async for function in result["again"]]
        assert called == [10, 20]

    run(test)


@pytest.mark.parametrize(
    "blob", [rpc.Blob(b""), rpc.Blob(b"abc", "text/plain"), rpc.Blob(bytes(300_000), "a/b")]
)
def test_blobs(blob: rpc.Blob) -> None:
    async def test(_: Api, api: Any) -> None:
        assert await api.echo(blob) == blob
        assert await api.echo({"deep": [blob, 1]}) == {"deep": [blob, 1]}
        assert await api.size(blob) == [len(blob.data), blob.media_type]

    run(test)


def test_blob_past_its_limit_fails_its_call_only() -> None:
    async def main() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, Api(), limits=rpc.Limits(blob_size=10))
        async with rpc.connect(near) as untyped:
            api: Any = untyped
            assert await api.size(rpc.Blob(bytes(10))) == [10, ""]
            with pytest.raises(TypeError, match="larger than 10 bytes"):
                await api.size(rpc.Blob(bytes(11)))
            assert await api.echo(1) == 1
        await server.wait_closed()

    asyncio.run(main())


def test_session_that_ends_ends_its_streams() -> None:
    async def main() -> None:
        target, log = Api(), list[str]()
        near, far = rpc.memory_pair()
        server = rpc.accept(far, target)
        async with rpc.connect(near) as untyped:
            api: Any = untyped
            stream = await api.count(10**9)
            assert await anext(stream) == 0
            total = asyncio.ensure_future(api.total(numbers(10**9, log)))
            await quiet()
            await server.aclose()
            with pytest.raises(rpc.BrokenError):
                await total
            with pytest.raises((rpc.BrokenError, rpc.StreamError)):  # noqa: PT012 (as above)
                while True:
                    await anext(stream)
            await quiet()
        await quiet()
        assert target.log == ["source closed"]
        assert log == ["source closed"]

    asyncio.run(main())


def test_streams_of_a_session_that_ends_end_for_its_reason() -> None:
    class Reading(rpc.Target):
        def __init__(self) -> None:
            self.sink = Slow()

        async def count(self) -> AsyncIterator[int]:
            yield 0
            await asyncio.Event().wait()

        def make(self) -> "Slow":
            return self.sink

    class Slow(Recording):
        """A sink that never is done with what it is given."""

        def __init__(self) -> None:
            super().__init__()
            self.busy = asyncio.Event()

        @override
        async def write(self, chunk: object, /) -> None:
            self.got.append(chunk)
            self.busy.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.got.append("cancelled")

    async def main() -> None:
        target = Reading()
        async with joined(target) as (api, server):
            stream = await api.count()
            assert await anext(stream) == 0
            reading = asyncio.ensure_future(anext(stream))
            writer = await api.make()
            await writer.write("a")
            await writer.write("b")
            await target.sink.busy.wait()
            await server.aclose()
            with pytest.raises(rpc.ConnectionLostError):
                await reading
            with pytest.raises(rpc.ConnectionLostError):
                await writer.close()
            await quiet()
            assert target.sink.got == ["a", "cancelled", "aborted: the session was closed"]

    asyncio.run(main())
