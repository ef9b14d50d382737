"""What handlers raise is logged for whoever asks: nobody else at the server hears of it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from tests.aio.pairs import joined, quiet

LOGGER = "capnweb_runtime.calls"


class Sink(rpc.Sink):
    @override
    async def write(self, chunk: object, /) -> None:
        raise ValueError("full")


class Failing(rpc.Target):
    def at_once(self) -> None:
        raise KeyError("plain")

    async def later(self) -> None:
        await asyncio.sleep(0)
        raise SystemExit(3)

    async def never(self) -> None:
        await asyncio.Event().wait()

    async def cancelled(self) -> None:
        raise asyncio.CancelledError

    async def refused(self) -> object:
        return object()

    async def call(self, function: rpc.DynamicStub) -> object:
        return await function()

    async def numbers(self) -> AsyncIterator[int]:
        yield 1
        raise ValueError("no more")

    @property
    def broken(self) -> int:
        raise ValueError("read")

    def sink(self) -> Sink:
        return Sink()


class Named:
    """A callable with attributes of its own mind."""

    def __getattr__(self, name: str) -> object:
        raise ValueError(name) if name == "__qualname__" else AttributeError(name)

    def __call__(self) -> None:
        raise ValueError("called")


def log_of(calls: Any, caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
    """What is logged while `calls` uses the api."""

    async def main() -> None:
        async with joined(Failing()) as (api, _):
            await calls(api)
            del api

    with caplog.at_level(level, LOGGER):
        virtual_time.run(main())
    assert all(record.levelno == logging.INFO for record in caplog.records)
    assert all(record.exc_info is not None for record in caplog.records)
    return [record.message for record in caplog.records]


async def fails(*awaitables: Any) -> None:
    for awaitable in awaitables:
        with pytest.raises(rpc.RpcError):
            await awaitable


def test_failures_are_named_by_class_and_method(caplog: pytest.LogCaptureFixture) -> None:
    async def calls(api: Any) -> None:
        await fails(api.at_once(), api.later(), api.broken)
        with await api.at_once as method:
            await fails(method())

    assert log_of(calls, caplog) == [
        "Failing.at_once failed",
        "Failing.later failed",
        "Failing.broken failed",
        "Failing.at_once failed",
    ]
    assert "in at_once" in caplog.text
    assert "KeyError: 'plain'" in caplog.text
    assert "SystemExit: 3" in caplog.text


def test_functions_and_callables(caplog: pytest.LogCaptureFixture) -> None:
    def callback() -> None:
        raise ValueError("called back")

    async def calls(api: Any) -> None:
        await fails(api.call(callback), api.call(Named()))

    first, second = log_of(calls, caplog)
    assert first == "test_functions_and_callables.<locals>.callback failed"
    assert second == "Named failed"


def test_streams(caplog: pytest.LogCaptureFixture) -> None:
    async def calls(api: Any) -> None:
        stream = await api.numbers()
        assert await anext(stream) == 1
        await fails(anext(stream))
        writer = await api.sink()
        await writer.write(1)
        await fails(writer.close())

    assert log_of(calls, caplog) == ["the source of a stream failed", "Sink.write failed"]


def test_what_is_nobodys_fault_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Errors of the runtime, errors that are passed on, and cancellation."""

    async def calls(api: Any) -> None:
        await fails(api.cancelled(), api.refused(), api.nothing(), api.at_once("too many").x)
        waiting = asyncio.ensure_future(api.never())
        await quiet()  # it has begun
        waiting.cancel()
        await asyncio.wait([waiting])

    assert log_of(calls, caplog) == ["Failing.at_once failed"], "its signature is its own"


def test_nobody_asked_for_it(caplog: pytest.LogCaptureFixture) -> None:
    async def calls(api: Any) -> None:
        await fails(api.at_once())

    assert log_of(calls, caplog, logging.WARNING) == []
