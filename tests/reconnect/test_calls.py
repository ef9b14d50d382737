"""What becomes of calls when the session ends."""

import asyncio
import contextlib
import gc
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.testing.virtual_time import elapse
from tests.aio.pairs import quiet
from tests.reconnect.site import Site, in_virtual_time


@in_virtual_time
async def test_a_call_under_way_fails_and_is_not_repeated() -> None:
    async with Site() as site, site.connect() as api:
        hanging = asyncio.ensure_future(api.hang())
        unasked = api.hang()
        await site.hanging.wait()
        await site.lose()
        with pytest.raises(rpc.InterruptedCallError, match="carried out is not known") as caught:
            await hanging
        assert isinstance(caught.value, rpc.ConnectionLostError)
        assert str(caught.value.__cause__) == "the peer closed: 1001"
        with pytest.raises(rpc.InterruptedCallError):
            await unasked
        assert await api.number() == 2
        assert site.calls == ["hang 1", "hang 1", "number 2"]


@in_virtual_time
async def test_calls_wait_for_the_next_session_in_their_order() -> None:
    async with Site() as site, site.connect() as api:
        await site.go_down()
        calls = [asyncio.ensure_future(api.same(number)) for number in range(3)]
        api.same("for its effect")
        pipelined = asyncio.ensure_future(api.authenticate("secret").number())
        item = asyncio.ensure_future(api.record().inner.items[2])
        argument = asyncio.ensure_future(api.same(api.same("inner")))
        mapped = asyncio.ensure_future(api.same([1, 2]).map(api.same))
        await elapse(2)
        assert not any(call.done() for call in calls)
        site.up = True
        assert await asyncio.gather(*calls, pipelined, item) == [0, 1, 2, 2, 3]
        assert await argument == "inner"
        assert await mapped == [1, 2]
        assert site.calls[:5] == [*(f"same {n}" for n in range(3)), "same for its effect",
                                  "authenticate 2"]  # fmt: skip


@in_virtual_time
async def test_too_many_calls_wait() -> None:
    async with Site() as site:
        connection = site.connect(max_waiting=2)
        async with connection as api:
            await site.go_down()
            calls = [asyncio.ensure_future(api.number()) for _ in range(2)]
            await quiet()
            with pytest.raises(rpc.NotConnectedError, match="2 calls wait for one already"):
                await api.number()
            calls.pop(0).cancel()
            await quiet()
            gc.collect()
            assert connection.stats().waiting == 1
            calls.append(
                asyncio.ensure_future(api.number())
            )  # in the place of the one that was given up
            site.up = True
            assert await asyncio.gather(*calls) == [2, 2]
        assert site.calls == ["number 2", "number 2"]


@in_virtual_time
async def test_what_was_given_up_while_it_waited_is_not_sent() -> None:
    async with Site() as site, site.connect() as api:
        await site.go_down()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await api.same("given up")
        promise = api.same("disposed of")
        task = asyncio.ensure_future(promise)
        await quiet()
        promise.dispose()
        with contextlib.suppress(rpc.DisposedError):
            task.cancel()
            await asyncio.wait([task])
        site.up = True
        assert await api.number() == 2
        assert site.calls == ["number 2"]


@in_virtual_time
async def test_calls_do_not_wait_for_ever() -> None:
    async with Site() as site, site.connect(max_wait=10) as api:
        await site.go_down()
        waiting = asyncio.ensure_future(api.number())
        with pytest.raises(rpc.NotConnectedError, match="no connection for 10 seconds"):
            await waiting
        now = asyncio.get_running_loop().time()
        with pytest.raises(rpc.NotConnectedError):
            await api.number()
        assert asyncio.get_running_loop().time() == now, "at once, from then on"
        site.up = True
        await elapse(8)
        assert await api.number() == 2


@in_virtual_time
async def test_idempotent_calls_are_sent_again() -> None:
    async with Site() as site:
        names = ["hang_at_first", "record", "give_hanging", "same"]
        async with site.connect(idempotent=names) as api:
            call = asyncio.ensure_future(api.hang_at_first())
            pipelined = api.give_hanging()
            number = asyncio.ensure_future(pipelined.number())  # itself no idempotent call
            await quiet()
            await site.lose()
            assert await call == 2
            with pytest.raises(rpc.InterruptedCallError):
                await number
            assert await pipelined.number() == 2, "the promise is that of the second attempt"
            assert site.calls.count("hang 1") == 2
            assert await api.record().inner["items"][0] == 1


@in_virtual_time
async def test_timeouts_of_calls() -> None:
    async with Site() as site, site.connect(idempotent=["hang"], call_timeout=5) as api:
        with pytest.raises(rpc.CallTimeoutError):
            await api.hang()
        long = asyncio.ensure_future(rpc.within(20, api.hang()))
        await elapse(1)
        await site.go_down()
        waiting = asyncio.ensure_future(api.hang())
        await elapse(6)
        assert not waiting.done(), "it has not been sent"
        site.up = True
        with pytest.raises(rpc.CallTimeoutError):
            await waiting
        assert not long.done()
        with pytest.raises(rpc.CallTimeoutError):
            await long
        assert asyncio.get_running_loop().time() == 5 + 20


@in_virtual_time
async def test_properties_are_read_again() -> None:
    async with Site() as site, site.connect() as api:
        title = asyncio.ensure_future(api.title)
        await site.hanging.wait()
        await site.lose()
        assert await title == "session 2"
        assert site.calls == ["title 1", "title 2"]


@in_virtual_time
async def test_a_call_that_brings_the_server_down_is_not_repeated_for_ever() -> None:
    async with Site() as site, site.connect(idempotent=["hang"]) as api:
        call = asyncio.ensure_future(api.hang())
        for _ in range(4):
            await site.hanging.wait()
            site.hanging.clear()
            await site.lose()
        with pytest.raises(rpc.InterruptedCallError):
            await call
        assert site.calls == ["hang 1", "hang 2", "hang 3", "hang 4"]


@in_virtual_time
async def test_an_idempotent_call_that_was_given_up_is_not_repeated() -> None:
    async with Site() as site, site.connect(idempotent=["hang_at_first"]) as api:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await api.hang_at_first()
        kept = api.hang_at_first()
        task = asyncio.ensure_future(kept)
        await quiet()
        task.cancel()
        await asyncio.wait([task])
        kept.dispose()
        gc.collect()
        await site.lose()
        assert await api.number() == 2
        assert site.calls == ["hang 1", "hang 1", "number 2"]


@in_virtual_time
async def test_a_stream_is_an_argument_once() -> None:
    async def source() -> Any:
        yield 1

    async with Site() as site, site.connect(idempotent=["swallow"]) as api:
        call = asyncio.ensure_future(api.swallow(source()))
        await site.hanging.wait()
        await site.lose()
        with pytest.raises(rpc.InterruptedCallError):
            await call
        assert await api.number() == 2


@in_virtual_time
async def test_streams_end_with_their_session() -> None:
    async with Site() as site, site.connect() as api:
        received: list[int] = []

        async def read() -> None:
            async for number in await api.stream():
                received.append(number)
                if number == 10:
                    await site.lose()

        with pytest.raises(rpc.RpcError):
            await read()
        assert received == list(range(11))
        async for number in await api.stream():
            assert number == 0
            break


@in_virtual_time
async def test_capabilities_belong_to_their_session() -> None:
    async with Site() as site, site.connect() as api:
        authed = await api.authenticate("secret")
        told: list[BaseException] = []
        authed.on_broken(told.append)
        await site.lose()
        assert [str(reason) for reason in told] == ["the peer closed: 1001"]
        with pytest.raises(rpc.ConnectionLostError, match="got by on_connect"):
            await authed.number()
        assert await (await api.authenticate("secret")).number() == 2


@in_virtual_time
async def test_the_standing_stub_as_an_argument() -> None:
    async with Site() as site, site.connect() as api:
        assert await api.ask(api) == 1  # the peer's own object, which does not come back here
        await quiet()
        assert site.sessions[0].stats() == (1, 1), "it was sent as what it is there"
        await site.go_down()
        waiting = asyncio.ensure_future(api.ask(api))
        await asyncio.sleep(0)
        site.up = True
        assert await waiting == 2
        with api.dup() as copy:
            assert await copy.number() == 2
        assert await api.number() == 2, "a copy that is disposed of ends nothing"


@in_virtual_time
async def test_a_third_party_keeps_it_over_sessions() -> None:
    class Third(rpc.Target):
        kept: Any = None

        def keep(self, stub: Any) -> None:
            self.kept = stub.dup()

    near, far = rpc.memory_pair()
    third = Third()
    other = rpc.accept(far, third)
    async with Site() as site, site.connect() as api:
        async with rpc.connect(near) as their:
            await their.keep(api)
            assert await third.kept.number() == 1
            await site.lose()
            assert await third.kept.number() == 2
            third.kept.dispose()
        await other.wait_closed()


class Passed(rpc.Target):
    """An argument that tells when the callee has no use for it any more."""

    def __init__(self, released: list[str], name: str) -> None:
        self._released = released
        self._name = name

    def __exit__(self, *_: object) -> None:
        self._released.append(self._name)


@in_virtual_time
async def test_arguments_are_released_whatever_becomes_of_the_call() -> None:
    released: list[str] = []
    async with Site() as site, site.connect(idempotent=["hang"], max_waiting=2) as api:
        repeated = asyncio.ensure_future(api.hang(Passed(released, "repeated")))
        with await api.same(Passed(released, "sent")) as back:
            assert released == []
        del back
        await quiet()
        assert released == ["sent"]
        await site.go_down()
        given_up = api.same(Passed(released, "given up"))
        task = asyncio.ensure_future(given_up)
        await quiet()
        assert released == ["sent"], "they wait"
        with pytest.raises(rpc.NotConnectedError):
            await api.same(Passed(released, "too many"))
        await quiet()
        assert released == ["sent", "too many"]
        given_up.dispose()
        task.cancel()
        await asyncio.wait([task])
        waiting = asyncio.ensure_future(api.same(Passed(released, "waiting")))
        await quiet()
        assert released == ["sent", "too many", "given up"]
    for call in (waiting, repeated):
        with pytest.raises(rpc.SessionClosedError):
            await call
    await quiet()
    assert sorted(released) == ["given up", "repeated", "sent", "too many", "waiting"]


@in_virtual_time
async def test_what_cannot_be_sent_when_its_turn_comes() -> None:
    released: list[str] = []
    async with Site() as site, site.connect(limits=rpc.Limits(exports=2)) as api:
        await site.go_down()
        too_much = api.same([Passed(released, "a"), Passed(released, "b")])
        after = asyncio.ensure_future(api.number())
        site.up = True
        with pytest.raises(rpc.CallError, match="holds 2 objects"):
            await too_much
        assert await after == 2
        assert sorted(released) == ["a", "b"]


@in_virtual_time
async def test_a_map_waits_as_well() -> None:
    async with Site() as site, site.connect(max_waiting=1) as api:
        await site.go_down()
        mapped = asyncio.ensure_future(
            api.authenticate("secret").map(lambda authed: authed.number())
        )
        with pytest.raises(rpc.NotConnectedError):
            await api.map(lambda each: each.number())
        site.up = True
        assert await mapped == 2


@in_virtual_time
async def test_used_after_it_was_disposed_of() -> None:
    async with Site() as site, site.connect(idempotent=["number"]) as api:
        copy = api.dup()
        copy.dispose()
        copy.dispose()
        broken: list[BaseException] = []
        copy.on_broken(broken.append)
        assert isinstance(broken[0], rpc.DisposedError)
        for use in (copy.number, lambda: copy.same(1), lambda: copy.title, lambda: copy.dup().x()):
            with pytest.raises(rpc.DisposedError):
                await use()
        promise = api.number()
        other = promise.dup()
        promise.dispose()
        with pytest.raises(rpc.DisposedError):
            await promise
        assert await other == await other == 1
        other.dispose()


@in_virtual_time
async def test_chance_spreads_the_attempts() -> None:
    async with Site() as site:
        site.up = False
        waits: list[float] = []
        backoff = rpc.Backoff(initial=1, factor=1, attempts=50)
        with pytest.raises(ConnectionRefusedError):
            await site.connect(backoff, on_disconnect=lambda _, delay: waits.append(delay))
        assert len(set(waits)) == 50
        assert all(0 < wait <= 1 for wait in waits)
