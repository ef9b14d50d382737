"""HTTP batches: clients, and what they are answered."""

import asyncio
import json
import sys
from typing import Any

import httpx2
import pytest

import capnweb_runtime as rpc
from tests.aio.batches import URL, Api, post, run, wired
from tests.aio.pairs import quiet


def test_all_calls_of_a_turn_are_one_request() -> None:
    """HTTP-01, HTTP-02, HTTP-14"""

    async def test() -> None:
        journal: list[str] = []
        async with wired(lambda: Api(journal)) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                counter = api.counter(10)
                sums = [counter.add(n) for n in range(1, 4)]
                same = counter.add(0)
                squared = api.square(same)
                assert await asyncio.gather(*sums, squared) == [11, 13, 16, 256]
            async with rpc.http_batch(URL, client=wire.client) as api:
                assert await api.counter(1).add(1) == 2
            first, second = wire.requests
            assert not first.endswith("\n")
            assert [json.loads(line)[0] for line in first.split("\n")] == [
                *["push"] * 6,
                *["pull"] * 4,
            ]
            assert json.loads(second.split("\n")[0]) == ["push", ["pipeline", 0, ["counter"], [1]]]
            assert wire.answers[1] == '["resolve",2,2]'
            assert journal == ["gone", "gone"]

    run(test)


def test_awaits_of_a_task_group_and_turns_between_calls_do_not_cut_a_batch() -> None:
    """HTTP-01"""

    async def test() -> None:
        async with wired(Api) as wire, rpc.http_batch(URL, client=wire.client) as api:
            first = api.square(1)
            await asyncio.sleep(0)
            second = api.square(2)
            await quiet()

            async def square(n: int) -> int:
                result: int = await api.square(n)
                return result

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(square(n)) for n in (3, 4)]
                rest = group.create_task(asyncio.wait_for(second, None))
                assert await first == 1
            assert [task.result() for task in (rest, *tasks)] == [4, 9, 16]
            assert len(wire.requests) == 1

    run(test)


def test_what_nobody_awaited_is_sent_when_the_block_is_left() -> None:
    async def test() -> None:
        journal: list[str] = []
        async with wired(lambda: Api(journal)) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                _ = api.note("one")
                _ = api.note("two")
            assert wire.answers == [""]
            await quiet()
            assert journal == ["one", "two", "gone"]
            with pytest.raises(KeyError, match="mine"):  # noqa: PT012
                async with rpc.http_batch(URL, client=wire.client) as api:
                    _ = api.note("never sent")
                    raise KeyError("mine")
            async with rpc.http_batch(URL, client=wire.client):
                pass  # nothing to be said, nothing sent
            assert len(wire.requests) == 1

    run(test)


def test_calls_after_the_batch_say_what_to_do() -> None:
    """HTTP-11"""

    async def test() -> None:
        advice = "one round trip: make all calls before the first await"
        async with wired(Api) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                counter = api.counter(1)
                unpulled = api.square(3)
                first = asyncio.ensure_future(api.square(2))
                await wire.requested()
                for late in (api.square(1), counter.add(1), unpulled, api.motd):
                    with pytest.raises(rpc.BatchEndedError, match=advice):
                        await late
                assert await first == 4
                for late in (api.square(1), counter.add(1), unpulled, api.list.map(lambda e: e)):
                    with pytest.raises(rpc.BatchEndedError, match=advice):
                        await late
            assert len(wire.requests) == 1
            with pytest.raises(rpc.BrokenError):
                await api.square(1)

    run(test)


def test_errors_and_promises_within_results() -> None:
    """HTTP-04"""

    async def test() -> None:
        async with wired(Api) as wire, rpc.http_batch(URL, client=wire.client) as api:
            failing, nested = api.fail(), api.nested()
            results = await asyncio.gather(failing, nested, return_exceptions=True)
            assert isinstance(results[0], rpc.RemoteError)
            assert results[1] == {"now": 1, "later": 2}

    run(test)


def test_what_is_not_pulled_is_not_waited_for_and_runs_on() -> None:
    """HTTP-03"""

    async def test() -> None:
        journal: list[str] = []
        made: list[Api] = []

        def make() -> Api:
            made.append(Api(journal))
            return made[0]

        async with wired(make, timeout=0.02) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                _ = api.note("on")
                _ = api.hang()
                assert await api.square(2) == 4
            await made[0].gone.wait()  # at the end of its time
            await quiet()
            assert sorted(journal) == ["cancelled", "gone", "on"]

    run(test)


def test_a_client_that_goes_away_cancels_what_it_asked_for() -> None:
    async def test() -> None:
        journal: list[str] = []
        async with wired(lambda: Api(journal)) as wire:
            async with rpc.http_batch(URL, client=wire.client) as api:
                task = asyncio.ensure_future(api.hang())
                await wire.requested()
                task.cancel()
                with pytest.raises(KeyError):  # noqa: PT012
                    async with rpc.http_batch(URL, client=wire.client) as another:
                        hanging = asyncio.ensure_future(another.hang())
                        await wire.requested(2)
                        raise KeyError
                with pytest.raises(rpc.SessionClosedError):
                    await hanging
                assert journal == ["cancelled", "gone"]
                api.dispose()
            assert journal == ["cancelled", "gone"] * 2

    run(test)


# ------------------------------------------------------------------------- answers that are none


def answering(body: bytes, status: int = 200, **options: Any) -> httpx2.AsyncClient:
    async def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, **options)

    return post(answer)


def test_other_statuses_fail_all_calls() -> None:
    """HTTP-10"""

    async def test() -> None:
        for status in (101, 204, 302, 404, 503):
            client = answering(b"", status, headers={"location": "http://elsewhere.test/"})
            async with client, rpc.http_batch(URL, client=client) as api:
                one, two = await asyncio.gather(api.x(), api.y(), return_exceptions=True)
                assert one is two
                if status == 204:  # a success without an answer
                    assert isinstance(one, rpc.BatchEndedError)
                else:
                    assert isinstance(one, rpc.HttpStatusError)
                    assert one.status == status
                    assert str(status) in str(one)

    run(test)


def test_a_failure_that_nobody_awaited_is_raised_when_the_block_is_left() -> None:
    async def test() -> None:
        async with answering(b"", 500) as client:
            with pytest.raises(rpc.HttpStatusError, match="500 Internal Server Error"):
                async with rpc.http_batch(URL, client=client) as api:
                    _ = api.x()

    run(test)


@pytest.mark.parametrize(
    ("answer", "first", "second"),
    [
        (b'["resolve",1,1]\n["resolve",2,2]', 1, 2),
        (b'["resolve",1,1]\n["resolve",2,2]\n', 1, 2),
        (b'["resolve",1,1]\n\n["resolve",2,2]', 1, rpc.ProtocolError),
        (b'["resolve",1,1]', 1, rpc.BatchEndedError),
        (b"<html>", rpc.ProtocolError, rpc.ProtocolError),
        (b"\xff", rpc.ProtocolError, rpc.ProtocolError),
        (b'["resolve",1,1]\n["abort",null]', 1, rpc.PeerAbortedError),
    ],
)
def test_answers_that_are_broken_off(answer: bytes, first: object, second: object) -> None:
    """HTTP-09, HTTP-10"""

    async def test() -> None:
        async with answering(answer) as client, rpc.http_batch(URL, client=client) as api:
            results = await asyncio.gather(api.x(), api.y(), return_exceptions=True)
            for result, expected in zip(results, (first, second), strict=True):
                assert result == expected or type(result) is expected

    run(test)


def test_an_answer_that_is_too_large_or_compressed() -> None:
    async def test() -> None:
        answer = b'["resolve",1,1]'
        limits = rpc.Limits(batch_size=len(answer))
        exact, more = answering(answer), answering(answer + b"\n")
        async with exact, rpc.http_batch(URL, client=exact, limits=limits) as api:
            assert await api.x() == 1
        async with more, rpc.http_batch(URL, client=more, limits=limits) as api:
            with pytest.raises(rpc.ConnectionLostError, match="batch_size"):
                await api.x()

        async def compressed(request: httpx2.Request) -> httpx2.Response:
            assert request.headers["accept-encoding"] == "identity"
            return httpx2.Response(200, stream=None, headers={"content-encoding": "gzip"})

        async with post(compressed) as client, rpc.http_batch(URL, client=client) as api:
            with pytest.raises(rpc.ConnectionLostError, match="compressed"):
                await api.x()

    run(test)


def test_no_answer() -> None:
    async def test() -> None:
        async def hang(_: httpx2.Request) -> httpx2.Response:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async def refuse(_: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectError("nobody there")

        async with post(hang) as client, rpc.http_batch(URL, client=client, timeout=0.01) as api:
            with pytest.raises(rpc.ConnectionLostError, match=r"0\.01 s"):
                await api.x()
        async with post(refuse) as client, rpc.http_batch(URL, client=client) as api:
            with pytest.raises(rpc.ConnectionLostError, match="nobody there") as caught:
                await api.x()
            assert isinstance(caught.value.__cause__, httpx2.ConnectError)
        async with rpc.http_batch("no url") as api:
            with pytest.raises(rpc.ConnectionLostError):
                await api.x()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(ImportError, match=r"pip install 'capnweb-runtime\[http\]'"):
        rpc.http_batch(URL)


def test_headers_and_misuse() -> None:
    async def test() -> None:
        seen: dict[str, str] = {}

        async def answer(request: httpx2.Request) -> httpx2.Response:
            seen.update(request.headers)
            return httpx2.Response(200, content=b'["resolve",1,1]')

        async with post(answer) as client:
            batch = rpc.http_batch(URL, client=client, headers={"Authorization": "Bearer x"})
            async with batch as api:
                assert await api.x() == 1
            assert seen["authorization"] == "Bearer x"
            assert seen["content-type"] == "text/plain;charset=UTF-8"
            with pytest.raises(RuntimeError, match="once"):
                await batch.__aenter__()
        with pytest.raises(TypeError, match="stub class"):
            rpc.http_batch(int, URL)  # type: ignore[type-var]

    run(test)
